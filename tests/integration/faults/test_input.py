"""Input faults, I01, I02, I04 to I07: wrong files are refused whole, with every mistake, in little time and memory."""

import os
import resource
import subprocess

from pmctest import PmcTest, SLOW, environment_of, main, program, read_file


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
        """Within a second of CPU time and 64 MiB (address space is what can be limited from outside: somewhat more)."""
        def limit():
            if SLOW == 1:
                resource.setrlimit(resource.RLIMIT_AS, (192 << 20, 192 << 20))
        with self.cpu_below(1):
            done = subprocess.run([self.pmc_path, "validate", path], env=self.env, cwd=self.work, capture_output=True, text=True,
                                  errors="replace", timeout=20 * SLOW, check=False, preexec_fn=limit)
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

    def test_I04_what_is_no_text_file_is_refused_and_never_waited_for(self):
        os.mkfifo(f"{self.work}/fifo.yml")
        os.mkdir(f"{self.work}/folder.yml")
        self.refused_quickly(f"{self.work}/fifo.yml")
        self.refused_quickly(f"{self.work}/folder.yml")
        self.refused_quickly(self.file("empty.yml", ""))
        self.refused_quickly(self.file("latin.yml", b"apps:\n  - name: caf\xe9\n    script: a.sh\n"))

    def test_I04_a_byte_order_mark_and_line_ends_of_windows_are_accepted(self):
        script = self.script("a.sh", "exec sleep 1000")
        text = f"apps:\r\n  - name: a\r\n    script: {script}\r\n    interpreter: none\r\n".encode()
        self.pmc("start", self.file("bom.yml", b"\xef\xbb\xbf" + text))
        self.assertEqual(self.state("a"), "online")
        self.pmc("validate", self.file("crlf.yml", text))

    def test_I05_one_string_that_the_kernel_does_not_take_is_refused_and_named(self):
        self.start_victim("other")
        other = self.pid_of("other")
        for name, options in {"env": {"env": {"HUGE": "x" * 140000}}, "args": {"args": ["y" * 140000]}}.items():
            with self.subTest(name):
                said = self.pmc_fails("start", self.eco([{"name": "v", "script": program("VICTIM"), "interpreter": "none", **options}]))
                self.assertRegex(said, r"eco\.yml:\d+:\d+: .*140000 bytes long, at most 131071")
                self.assertEqual(self.instances("v"), [])
        self.assertEqual(self.pid_of("other"), other)

    def test_I05_an_environment_that_the_kernel_does_not_take_is_refused_and_counted(self):
        path = self.eco([{"name": "v", "script": program("VICTIM"), "interpreter": "none", "limits": {"stack": "1M"},
                          "env": {f"HUGE_{number}": "x" * 100000 for number in range(5)}}])
        said = self.pmc_fails("start", path)
        self.assertRegex(said, r"env is .*limit of both")
        self.assertEqual(self.instance("v")["restarts"], 0)

    def test_I05_a_request_beyond_the_limit_is_refused_and_the_daemon_goes_on(self):
        self.start_victim("other")
        path = self.eco([{"name": "v", "script": program("VICTIM"), "interpreter": "none",
                          "env": {f"HUGE_{number}": "x" * 100000 for number in range(25)}}])
        self.assertRegex(self.pmc_fails("start", path), r"(?i)large|limit|long|big")
        self.assertEqual([view["name"] for view in self.instances()], ["other"])

    def test_I06_names_that_could_be_paths_or_hide_something_are_refused_with_their_position(self):
        script = self.script("a.sh", "exec sleep 1000")
        for name in (r'"a\0b"', r'"a\nb"', "../x", '""', "n" * 300, r'"\e[31mred"'):
            with self.subTest(name):
                said = self.pmc_fails("start", self.eco(f"apps:\n  - script: {script}\n    name: {name}\n"))
                self.assertRegex(said, r"eco\.yml:3:")
                self.assertNotIn("\x1b", said)
        self.pmc("ping")
        for name in ("a\u0000b", "a\nb", "../x", "", "n" * 300):
            with self.subTest(name), self.wire() as wire:
                answer = wire.call("app.start", apps=[{"spec": {"name": name, "script": script}, "env": {}, "base_dir": "/"}])
                self.assertTrue(answer is None or "error" in answer or answer["result"]["failed"] > 0, answer)
        self.assertEqual(self.instances(), [])

    def test_I07_a_secret_is_nowhere_but_in_the_app(self):
        secret = "swordfish-8f3a"
        self.pmc("start", self.eco([{"name": "v", "script": program("VICTIM"), "interpreter": "none",
                                     "env": {"DB_PASSWORD": secret, "COLOUR": "red"}}]))
        self.pmc("restart", "v")
        for words in (["list"], ["describe", "v"], ["env", "v"], ["jlist"], ["list", "--json"], ["describe", "v", "--json"],
                      ["events"], ["events", "--json"]):
            with self.subTest(words):
                said = self.pmc(*words, check=False)
                self.assertNotIn(secret, said.stdout + said.stderr)
        self.assertIn(secret, self.pmc("env", "v", "--show-secrets").stdout)
        self.assertEqual(environment_of(self.pid_of("v"))["DB_PASSWORD"], secret)
        for name in ("pmc.log", "history.db", "history.db-wal"):
            if os.path.exists(f"{self.home}/{name}"):
                self.assertNotIn(secret.encode(), read_file(f"{self.home}/{name}", "rb"), name)
        for pid in self.own_processes():
            self.assertNotIn(secret, read_file(f"/proc/{pid}/cmdline"))
        holders = [os.path.join(folder, name) for folder, _, names in os.walk(self.home) for name in names]
        for path in holders:
            self.assertEqual(os.lstat(path).st_mode & 0o077, 0, path)


if __name__ == "__main__":
    main()
