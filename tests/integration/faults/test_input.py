"""Input faults, I01 and I02: wrong files are refused whole, with every mistake, in little time and memory."""

import os
import resource
import subprocess
import time

from pmctest import PmcTest, SLOW, main


class InputFaults(PmcTest):
    def test_I01_all_mistakes_at_once_with_positions_and_nothing_is_applied(self):
        self.start_victim("running")
        before = self.pids()
        file = self.eco("""\
apps:
  - name: running
    script: /bin/true
    kil_timeout: 5s
  - name: second
    script: a.sh
    max_restarts: many
    instances: -1.5
    stop_signal: SIGNOTHING
  - name: third
    script: b.sh
    kill_timeout: 9999h
    autorestart: perhaps
""")
        said = self.pmc_fails("start", file)
        for place, words in {":4:5:": ("kil_timeout", "kill_timeout"), ":7:": ("max_restarts",), ":8:": ("instances",),
                             ":9:": ("SIGNOTHING",), ":12:": ("kill_timeout",), ":13:": ("autorestart",)}.items():
            lines = [line for line in said.splitlines() if f"eco.yml{place}" in line]
            self.assertTrue(lines, f"{place} in\n{said}")
        self.assertIn("did you mean 'kill_timeout'", said)
        self.assertEqual(self.pids(), before)
        self.assertEqual(len(self.instances()), 1)

    def test_I01_wrong_flags_are_refused(self):
        for options in (["--kill-timeout", "soon"], ["--max-restarts", "-1"], ["-i", "lots"], ["--no-such-flag"]):
            with self.subTest(options=options):
                self.pmc_fails("start", self.script("a.sh", "exec sleep 1000"), *options)
        self.assertEqual(self.instances(), [])

    def test_I01_strict_and_lenient(self):
        text = f"apps:\n  - name: a\n    script: {self.script('a.sh', 'exec sleep 1000')}\n    no_such_key: 1\n"
        self.pmc_fails("validate", self.eco(text))
        done = self.pmc("validate", "--lenient", self.eco(text))
        self.assertIn("no_such_key", done.stdout + done.stderr)

    def test_I01_options_of_pm2_without_meaning_are_accepted_with_a_warning(self):
        text = f"apps:\n  - name: a\n    script: {self.script('a.sh', 'exec sleep 1000')}\n    vizion: false\n    watch: true\n"
        done = self.pmc("validate", self.eco(text))
        self.assertIn("vizion", done.stdout + done.stderr)
        self.assertIn("watch", done.stdout + done.stderr)

    def refused_quickly(self, path, *words):
        """Within a second and 64 MiB (address space is what can be limited from outside: somewhat more)."""
        def limit():
            if SLOW == 1:
                resource.setrlimit(resource.RLIMIT_AS, (192 << 20, 192 << 20))
        begun = time.monotonic()
        done = subprocess.run([self.pmc_path, "validate", path], env=self.env, cwd=self.work, capture_output=True, text=True,
                              errors="replace", timeout=20 * SLOW, check=False, preexec_fn=limit)
        self.assertLess(time.monotonic() - begun, 1.5 * SLOW)
        self.assertEqual(done.returncode, 1, done.stderr[-500:])
        for word in words:
            self.assertIn(word, (done.stdout + done.stderr).lower())

    def test_I02_a_file_of_100_mebibytes(self):
        path = self.eco("apps:\n")
        os.truncate(path, 100 << 20)
        self.refused_quickly(path, "larger than")

    def test_I02_a_depth_of_5000(self):
        self.refused_quickly(self.eco("apps: " + "[" * 5000 + "]" * 5000))
        self.refused_quickly(self.eco("apps: " + "{a: " * 5000 + "1" + "}" * 5000))

    def test_I02_a_bomb_of_aliases(self):
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        for level in range(1, 12):
            lines.append(f"a{level}: &a{level} [" + ", ".join([f"*a{level - 1}"] * 10) + "]")
        lines.append("apps:\n  - name: a\n    script: a.sh\n    args: *a11")
        self.refused_quickly(self.eco("\n".join(lines) + "\n"), "alias")

    def test_I02_a_bomb_of_merge_keys(self):
        lines = ["m0: &m0 {x0: 1}"]
        for level in range(1, 30):
            lines.append(f"m{level}: &m{level}\n  <<: [*m{level - 1}, *m{level - 1}]\n  x{level}: 1")
        lines.append("apps:\n  - name: a\n    script: a.sh\n    env:\n      <<: *m29\n    oops: 1")
        self.refused_quickly(self.eco("\n".join(lines) + "\n"))

    def test_I02_an_alias_that_holds_itself(self):
        self.refused_quickly(self.eco("apps: &a\n  - *a\n"))

    def test_I02_files_that_include_each_other(self):
        for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
            self.file(f"{name}.yml", f"include: [{other}.yml]\napps: [{{name: {name}, script: {name}.sh}}]\n")
        self.refused_quickly("b.yml", "a.yml:1:11: include goes in a circle: b.yml > c.yml > a.yml > b.yml")
        self.file("self.yml", "include: '*.yml'\n")
        self.refused_quickly("self.yml", "include goes in a circle: self.yml > self.yml")

    def test_I02_a_chain_of_files_and_defaults_that_grow(self):
        for number in range(30):
            self.file(f"deep{number}.yml", f"include: deep{number + 1}.yml\n")
        self.refused_quickly("deep0.yml", "more than 16 files deep")
        large = "x" * 100_000
        apps = "".join(f"- {{name: a{number}, script: a.sh}}\n" for number in range(4000))
        self.refused_quickly(self.eco(f"defaults: {{env: {{A: {large}}}}}\napps:\n{apps}"), "more than 24 mib")
        self.file("large.env", f"A={large}\n")
        self.refused_quickly(self.eco(f"defaults: {{env_file: large.env}}\napps:\n{apps}"), "more than 24 mib")

    def test_what_is_no_text_file_is_refused_and_never_waited_for(self):
        os.mkfifo(f"{self.work}/fifo.yml")
        os.mkdir(f"{self.work}/folder.yml")
        self.refused_quickly(f"{self.work}/fifo.yml")
        self.refused_quickly(f"{self.work}/folder.yml")
        self.refused_quickly(self.file("empty.yml", ""))
        self.refused_quickly(self.file("latin.yml", b"apps:\n  - name: caf\xe9\n    script: a.sh\n"))


if __name__ == "__main__":
    main()
