#!/usr/bin/env python3
"""A soak: crashing, chatty and restarting apps, and an engine and a keeper that are killed again and again.

    soak.py --build FOLDER [--minutes N] [--seed N]

A daemon of its own with about thirty apps: counters whose lines are known one by one, victims that crash and leave processes
behind, a Node server. Random commands, signals and kills for N minutes (30 if not given); in the last sixth nothing of pmc is
killed, commands and crashes go on. One line of facts a minute. Exit status 1, with the reasons, when a line is missing,
doubled or cut, a process, descriptor, slot, spool or shared memory is left, a zombie stays, a command fails that should not,
an end is not in history, or memory grows.
"""

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "../integration"))

from counting import CountingTest  # noqa: E402
from pmctest import (alive, children_of, comm_of, free_port, http_get, parent_of, program, read_file,  # noqa: E402
                     send_signal, wait_until)
from soak_apps import BORN, COUNTERS, FLAPPING, RESTARTED, SCALED, SIGNALLED, STEADY, apps  # noqa: E402
from soak_facts import Memory, Zombies, descriptors, folder_bytes, memory_kib, slots_used  # noqa: E402
from soak_lines import LineError, check_lines  # noqa: E402

PROGRAMS = {"PMC": "cli/pmc", "PMCD": "daemon/pmcd", "PMC_KEEPER": "daemon/keeper/pmc-keeper",
            "VICTIM": "tests/helpers/victim", "COUNTER": "tests/helpers/counter"}
COMMANDS_MAX = 3        # at the same time
COMMAND_S = 90          # no command takes longer
FOLLOWER_S = 10
SAMPLE_S = 5


def spend(seconds):
    threading.Event().wait(seconds)


class Command:
    """A pmc that runs beside us."""

    def __init__(self, soak, words, end_s=None):
        self.words, self.follower = words, end_s is not None
        self.begun, self.end = time.monotonic(), time.monotonic() + (end_s or COMMAND_S)
        self.output = tempfile.TemporaryFile()
        self.process = subprocess.Popen([soak.pmc_path, *map(str, words)], env=soak.env, cwd=soak.work,
                                        stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output)

    def problem(self):
        """None while it runs; then what was wrong, or an empty text."""
        status = self.process.poll()
        if status is None and time.monotonic() < self.end:
            return None
        if status is None:
            self.process.kill()
            self.process.wait()
            return "" if self.follower else f"{' '.join(self.words)}: no end after {COMMAND_S} s"
        self.output.seek(0)
        lines = self.output.read().decode(errors="replace").splitlines(True)
        text = "".join(line for line in lines if line[0] not in "│├╭╰")[-900:]
        return f"{' '.join(self.words)}: exit {status} after {time.monotonic() - self.begun:.1f} s: {text}" if status else ""


class Soak(CountingTest):
    minutes, seed = 30.0, 0

    def runTest(self):
        self.random = random.Random(self.seed)
        self.problems, self.commands, self.busy, self.recent = [], [], set(), []
        self.done = {}                      # how often each action was done
        self.memory, self.zombies, self.slots_most = Memory(self.wrong), Zombies(self.wrong), 0
        self.port = free_port()
        self.env.pop("ASAN_OPTIONS"), self.env.pop("UBSAN_OPTIONS")
        self.pmc("ping")
        self.shm = f"/dev/shm/pmc-{os.geteuid()}-{read_file(self.home + '/id').strip()[:8]}"
        self.assertTrue(os.path.isdir(self.shm), self.shm)
        self.start_victim("first")
        self.kill_engine()
        self.pmc("delete", "first")
        empty = self.still()
        self.pmc("start", self.eco(apps(self.work, self.port, program("VICTIM"), program("COUNTER"))), timeout=120,
                 check=False)               # some crash before it can answer
        spend(min(10, self.minutes * 6))
        self.ready_engine()
        self.kill_engine()
        begin = self.rest()
        self.pmc("start", *FLAPPING, check=False)
        self.chaos()
        end = self.rest()
        self.same("steady apps", begin, end)
        self.ends()
        self.pmc("delete", "all", timeout=120)
        self.same("no apps", empty, self.still())
        self.slots_free()
        self.pmc("daemon", "stop", timeout=60)
        wait_until(lambda: not os.path.exists(self.shm), 10, "shared memory is gone after daemon stop")
        self.lives()
        self.memory.judge(self.calm_from)
        self.report_end()

    def wrong(self, text):
        print(f"WRONG: {text}", flush=True)
        self.problems.append(text)

    # ---- the storm

    def chaos(self):
        self.begun = time.monotonic()
        end = self.begun + self.minutes * 60
        self.calm_from = end - self.minutes * 10
        minute = sample = 0
        print("minute | engine PSS/RSS KiB (age) | keeper PSS | fds keeper/engine | zombies | slots | shm KiB | home KiB "
              "| kills engine/keeper | commands | lines", flush=True)
        while time.monotonic() < end:
            spend(self.random.uniform(0.1, 0.9))
            self.reap()
            self.memory.age(self.engine_pid())
            self.act(calm=time.monotonic() > self.calm_from)
            if time.monotonic() >= self.begun + sample * SAMPLE_S:
                sample += 1
                self.sample()
            if time.monotonic() >= self.begun + minute * 60:
                minute += 1
                self.report(minute - 1)
        self.settle_commands()
        self.report(self.minutes)

    def count(self, what):
        self.done[what] = self.done.get(what, 0) + 1

    def act(self, calm):
        """One random action; nothing of pmc is killed while it is calm."""
        kills = [(self.kill_engine_now, 14), (self.kill_engine_twice, 1), (self.kill_keeper, 1)]
        others = [(self.command_on_app, 20), (self.look, 12), (self.scale, 3), (self.kill_app, 5), (self.hang_up, 1),
                  (self.renew, 1), (self.flush, 1)]
        choices = others if calm else kills + others
        action = self.random.choices([action for action, _ in choices], [weight for _, weight in choices])[0]
        action()

    def kill_engine_now(self):
        engine = self.engine_now()
        if engine and send_signal(engine, signal.SIGKILL):
            self.count("kill engine")
        return engine

    def kill_engine_twice(self):
        """The second one while it may still be starting."""
        old = self.kill_engine_now()
        if not old:
            return
        self.count("kill engine at its start")
        wait_until(lambda: self.engine_now() not in (None, old), 60, "the next engine")
        spend(self.random.uniform(0, 0.05))
        self.kill_engine_now()

    def ready_engine(self):
        """An engine that answers, out of safe mode."""
        wait_until(lambda: self.pmc("ping", check=False).returncode == 0, 60, "the daemon answers")
        if self.pmc_json("ping")["safe"]:
            self.count("resume")
            self.pmc("daemon", "resume")
        return self.engine_pid()

    def kill_keeper(self):
        """Only beside an engine that is ready: when both are dead nobody holds the pipes."""
        self.ready_engine()
        old = self.keeper_pid()
        send_signal(old, signal.SIGKILL)
        self.count("kill keeper")
        wait_until(lambda: self.keeper_pid() != old and alive(self.keeper_pid()), 60, "a new keeper")
        self.ready_engine()

    def kill_app(self):
        """Those whose lines are not counted: a process that is killed in a line's middle cannot finish it."""
        name = self.random.choice(SIGNALLED)
        number = self.random.choice(["SIGKILL", "SIGTERM", "SIGUSR1", "SIGSEGV"])
        if name not in self.busy:
            self.start_command("sendSignal", number, name, on=name, may_fail=True)

    def hang_up(self):
        engine = self.engine_pid()
        if engine and alive(engine) and comm_of(engine) == "pmcd":
            send_signal(engine, signal.SIGHUP)
            self.count("SIGHUP")

    def free_app(self, names):
        names = [name for name in names if name not in self.busy]
        return self.random.choice(names) if names else None

    def command_on_app(self):
        name = self.free_app(RESTARTED)
        if not name:
            return
        if self.random.random() < 0.25:
            self.start_command("stop", name, on=name, then=("start", name))
        else:
            self.start_command(self.random.choice(["restart", "restart", "reset", "start"]), name, on=name)

    def scale(self):
        name = self.free_app(SCALED)
        if name:
            self.start_command("scale", name, str(self.random.randint(1, SCALED[name])), on=name)

    def renew(self):
        """Forgotten and added anew, from another file: the others stay."""
        if "renewed" not in self.busy:
            self.start_command("delete", "renewed", on="renewed",
                               then=("start", program("VICTIM"), "--name", "renewed", "--", "--children", "1"))

    def flush(self):
        self.start_command("flush", "crash")

    def look(self):
        words = self.random.choice([
            ("list",), ("list", "--json"), ("jlist",), ("logs", "--nostream", "--lines", "5"), ("logs", "raw", "--nostream"),
            ("describe", "all"), ("events", "--limit", "50"), ("events", "--limit", "10000"), ("env", "0"), ("pid", "raw"),
            ("ping",), ("doctor",), ("save",), ("reloadLogs",), ("daemon", "reload")])
        if self.random.random() < 0.1:
            words = self.random.choice([("logs", "--raw"), ("logs", "stamped", "--lines", "0"), ("events", "--follow")])
            self.commands.append((Command(self, words, FOLLOWER_S), None, None, True))
            self.recent.append(" ".join(words))
            self.count("followers")
        else:
            self.start_command(*words)

    def start_command(self, *words, on=None, then=None, may_fail=False):
        """An app that flaps may have crashed when its start is answered: that is no mistake."""
        may_fail = may_fail or on in FLAPPING
        if len(self.commands) < COMMANDS_MAX:
            self.commands.append((Command(self, words), on, then, may_fail))
            self.count("commands")
            self.recent.append(" ".join(words))
            self.count(" ".join(words[:1]))
            if on:
                self.busy.add(on)

    def reap(self):
        for entry in list(self.commands):
            command, on, then, may_fail = entry
            problem = command.problem()
            if problem is None:
                continue
            self.commands.remove(entry)
            if problem and "safe mode" in problem:
                self.ready_engine()
            elif problem and "nothing to do" not in problem.lower() and not may_fail:
                self.wrong(problem)
            if then:
                self.commands.append((Command(self, then), on, None, may_fail))
            else:
                self.busy.discard(on)

    def settle_commands(self):
        while self.commands:
            spend(0.05)
            self.reap()

    # ---- facts

    def slots(self):
        return slots_used(f"{self.shm}/keeper.table")

    def sample(self):
        engine, keeper = self.engine_pid(), self.keeper_pid()
        self.zombies.look(keeper, engine)
        self.memory.sample(engine, keeper, self.recent)
        self.slots_most, self.recent = max(self.slots_most, self.slots()[0]), []

    def lines(self):
        return sum(self.counted(name) for name in COUNTERS)

    def report(self, minute):
        self.ready_engine()
        engine, keeper = self.engine_pid(), self.keeper_pid()
        used, top = self.slots()
        print(f"{minute:6.4g} | {memory_kib(engine, 'Pss')}/{memory_kib(engine, 'Rss')} ({self.memory.age(engine):.0f} s) | "
              f"{memory_kib(keeper, 'Pss')} | {len(descriptors(keeper))}/{len(descriptors(engine))} | "
              f"{len(self.zombies.looks)} | {used} of {top} | {folder_bytes(self.shm) >> 10} | {folder_bytes(self.home) >> 10} | "
              f"{self.done.get('kill engine', 0)}/{self.done.get('kill keeper', 0)} | {self.done.get('commands', 0)} | "
              f"{self.lines()}", flush=True)

    # ---- rest: only what does not flap runs, so that everything can be counted

    def rest(self):
        """Stop what flaps, undo scaling, and say what is there."""
        self.ready_engine()
        for name, count in SCALED.items():
            self.pmc("scale", name, count, timeout=60, check=False)     # 1 when there is nothing to do
        self.pmc("stop", *FLAPPING, timeout=60)
        self.pmc("start", *STEADY, timeout=60)
        wait_until(lambda: all(view["state"] == "online" for view in self.instances() if view["name"] in STEADY), 30,
                   "all steady apps are online")
        wait_until(lambda: http_get(self.port) == (200, "ok"), 30, "the server answers")
        return self.still()

    def still(self):
        """Descriptors of keeper and engine when they have come to rest, by what they are."""
        self.ready_engine()
        look = lambda: (descriptors(self.keeper_pid()), descriptors(self.engine_pid()))  # noqa: E731
        last, since, end = look(), time.monotonic(), time.monotonic() + 30
        while time.monotonic() - since < 3 and time.monotonic() < end:
            spend(0.1)
            now = look()
            if now != last:
                last, since = now, time.monotonic()
        zombies = [pid for parent in (self.keeper_pid(), self.engine_pid()) for pid in children_of(parent) if not alive(pid)]
        if zombies:
            self.wrong(f"zombies at rest: {zombies}")
        spools = sorted(name for name in os.listdir(self.shm) if name.startswith("spool."))
        processes = sorted(read_file(f"/proc/{pid}/cmdline").replace("\0", " ")[:120] for pid in self.own_processes())
        return {"keeper descriptors": last[0], "engine descriptors": last[1], "spools": spools, "processes": processes}

    def same(self, what, before, after):
        for key, old in before.items():
            new = after[key]
            print(f"{what}: {key}: {len(old)} at the beginning, {len(new)} at the end", flush=True)
            if key == "spools":
                if len(new) > 2 * len(COUNTERS) + 8:
                    self.wrong(f"{what}: {len(new)} spools")
            elif old != new:
                gone, come = list(old), []
                for item in new:
                    gone.remove(item) if item in gone else come.append(item)
                self.wrong(f"{what}: {key} changed: gone {gone}, come {come}")

    # ---- the end

    def ends(self):
        """Everything is stopped: lines, ends in history, processes."""
        self.pmc("stop", "all", timeout=120)
        left = [pid for pid in self.own_processes() if comm_of(pid) not in ("pmcd", "pmc-keeper")]
        if left:
            self.wrong(f"processes after stop all: {[(pid, comm_of(pid), parent_of(pid)) for pid in left]}")
        for name, kind in COUNTERS.items():
            try:
                wait_until(lambda: self.counter_lines(name, kind), 20, "lines")
            except (LineError, AssertionError) as why:
                self.wrong(f"{name}: {why}")

    def counter_lines(self, name, kind):
        total, paths = self.counted(name), kind.paths(name, self.home, self.work)
        for path, numbers in paths:
            check_lines(path, name, total, numbers, kind.form)
        print(f"{name}: {total} lines, each once, whole and in order in {len(paths)} file(s)", flush=True)
        return True

    def lives(self):
        """Each life has one end in history, and a true one; `born` is what the lives themselves say."""
        history = sqlite3.connect(f"file:{self.home}/history.db?mode=ro", uri=True)
        for name, status in BORN.items():
            born = sum(line == "born" for line in self.log(name).splitlines())
            ends = history.execute("SELECT seq, code, signal, cause FROM event WHERE type = 'exit' AND app = ?",
                                   (name,)).fetchall()
            kinds = Counter((code if status or code < 0 else "any", number, cause) for _, code, number, cause in ends)
            print(f"{name}: {born} lives, {len(ends)} ends (code, signal, cause): {dict(kinds)}", flush=True)
            true = {(-1, 2, "operator"), (-1, -1, "crash"), (*(status or ("any", -1)), "crash")}
            if set(kinds) - true - {("any", -1, "operator")}:
                self.wrong(f"{name}: ends that are not true: {set(kinds) - true}")
            if len({end[0] for end in ends}) != len(ends):
                self.wrong(f"{name}: a life has two ends")
            if not born <= len(ends) <= born + 3:
                self.wrong(f"{name}: {born} lives, {len(ends)} ends")
        history.close()

    def slots_free(self):
        wait_until(lambda: self.slots()[0] == 0, 20, lambda: f"all slots are free: {self.slots()}")
        print(f"slots: at most {self.slots_most} in use, none at the end", flush=True)

    def report_end(self):
        print("done: " + ", ".join(f"{count} {what}" for what, count in sorted(self.done.items())), flush=True)
        if self.problems:
            self.fail("\n".join(["", *self.problems]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    options = parser.parse_args()
    for variable, path in PROGRAMS.items():
        os.environ[variable] = os.path.join(os.path.abspath(options.build), path)
        program(variable)
    Soak.minutes, Soak.seed = options.minutes, options.seed
    print(f"soak of {options.minutes:g} minutes, seed {options.seed}", flush=True)
    outcome = Soak().run()
    for _, text in outcome.failures + outcome.errors:
        print(text)
    print("soak: " + ("passed" if outcome.wasSuccessful() else "FAILED"))
    return 0 if outcome.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
