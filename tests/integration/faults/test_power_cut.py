"""S12: the power fails at any commit. What is on the disk then holds every command that was acknowledged, and no half one.

A library in the engine takes a copy whenever state.db or its log is made durable. Of each such moment two disks are made up:
one at which all had arrived that was written until then, and one at which only that had arrived which fsync() had promised.
"""

import contextlib
import os
import shutil
import sqlite3

from pmctest import PmcTest, main, program, read_file, shim_environment, wait_until

NOTHING = ([], [])


class PowerCut(PmcTest):
    def setUp(self):
        super().setUp()
        self.notes = f"{self.dir}/notes"
        os.mkdir(self.notes)
        self.answered = []  # of each command: moments noted by its answer, and what was wanted then

    def begin_daemon(self):
        self.pmc("ping", env={**shim_environment(self), "PMC_SHIM_SYNCED": self.notes})

    def intent(self, path):
        """All that a state.db says about what is wanted."""
        with contextlib.closing(sqlite3.connect(path)) as db:
            self.assertEqual(db.execute("PRAGMA quick_check").fetchall(), [("ok",)])
            return (db.execute("SELECT name, spec, env FROM app ORDER BY name").fetchall(),
                    db.execute("SELECT app, number, wanted FROM instance ORDER BY app, number").fetchall())

    def do(self, *words):
        """One command: from its answer on it must be on every disk. A moment that is just being noted is counted."""
        self.pmc(*words)
        noted = len({name.partition(".")[0] for name in os.listdir(self.notes)})
        self.answered.append((noted, self.intent(f"{self.home}/state.db")))

    def eco_of(self, word, **instances):
        return self.eco([{"name": name, "script": program("VICTIM"), "interpreter": "none", "instances": count,
                          "env": {"WORD": word * 20000}} for name, count in instances.items()])

    def live(self):
        self.begin_daemon()
        self.do("start", self.eco_of("a", one=1, two=2, three=1))
        self.do("stop", "two")
        self.do("restart", self.eco_of("b", one=1, two=2, three=1))
        self.do("scale", "three", "3")
        self.do("delete", "one")
        self.do("stop", "all")
        self.pmc("daemon", "stop")
        self.begin_daemon()
        self.do("start", self.eco_of("c", one=2, four=1))
        self.do("restart", "all")
        self.do("scale", "three", "1")
        self.do("delete", "two", "four")
        self.pmc("daemon", "stop")

    def disks(self):
        """(name, how many commands had been answered, {file: what it holds}) of all that may be found after a power cut."""
        promised = {}
        for number, note in enumerate(sorted(os.listdir(self.notes))):
            folder = f"{self.notes}/{note}"
            written = {name: read_file(f"{folder}/{name}", "rb") for name in ("state.db", "state.db-wal")
                       if os.path.exists(f"{folder}/{name}")}
            yield f"all written before sync {number}", self.answers(number), written
            name = read_file(f"{folder}/name")
            if name.endswith(".tmp"):
                name = "state.db"  # about to be given this name, whole
            promised = {**promised, name: read_file(f"{folder}/durable", "rb")}
            yield f"all promised by sync {number}", self.answers(number + 1), promised

    def answers(self, noted):
        return sum(count <= noted for count, _ in self.answered)

    def put(self, files, folder):
        os.mkdir(folder, 0o700)
        for name in files.keys() & {"state.db", "state.db-wal"}:
            with open(os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.write(files[name])

    def look(self, files, folder):
        self.put(files, folder)
        found = self.intent(f"{folder}/state.db") if "state.db" in files else NOTHING
        shutil.rmtree(folder)
        return found

    @contextlib.contextmanager
    def another_home(self, folder):
        before = self.home
        self.home = self.env["PMC_HOME"] = folder
        try:
            yield
        finally:
            problems = self.end_daemon() + self.remove_memory()
            self.home = self.env["PMC_HOME"] = before
        self.assertEqual(problems, [])

    def start_from(self, files, found):
        folder = f"{self.dir}/after"
        self.put(files, folder)
        with self.another_home(folder):
            expected = {(app, number): "online" if wanted else "stopped" for app, number, wanted in found[1]}

            def states():
                return {(view["name"], view["number"]): view["state"] for view in self.instances()}
            wait_until(lambda: states() == expected, what=lambda: f"{expected}: {states()}")
            self.assertFalse(self.pmc_json("ping")["safe"])
            self.pmc("delete", "all", check=bool(expected))
        shutil.rmtree(folder)

    def test_S12_every_answered_command_is_there_and_no_half_one(self):
        self.live()
        wanted = [NOTHING, *(intent for _, intent in self.answered)]
        self.assertEqual(len({str(intent) for intent in wanted}), len(wanted), "each command wants something new")
        seen = []
        for name, answered, files in self.disks():
            with self.subTest(name):
                found = self.look(files, f"{self.dir}/looked-at")
                self.assertIn(found, wanted[answered:answered + 2])
                seen.append((name, files, found))
        self.assertGreater(len(seen), 2 * len(self.answered))
        for name, files, found in seen:
            with self.subTest("start from " + name):
                self.start_from(files, found)


if __name__ == "__main__":
    main()
