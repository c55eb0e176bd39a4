"""What people's scripts around PM2 do, with pmc in its place: shell scripts, exit codes, jlist into node."""

import json
import os
import shutil
import signal
import subprocess
import unittest

from pmctest import PmcTest, SLOW, alive, main, send_signal, wait_until

SLEEPER = "exec sleep 1000"
NODE = shutil.which("node")
ECHO = 'echo up; while read line; do echo "got $line"; done; exec sleep 1000'


class Habits(PmcTest):
    def start(self, name, text=SLEEPER, *options, **keywords):
        return self.pmc("start", self.script(f"{name}.sh", text), "--name", name, *options, **keywords)

    def shell(self, text):
        """Run a shell script that says `pm2`; every line of it must succeed. Returns what it printed."""
        self.file("bin/pm2", f"#!/bin/sh\nexec {self.pmc_path} \"$@\"\n", 0o755)
        env = {**self.env, "PATH": os.path.join(self.work, "bin") + ":" + self.env["PATH"]}
        done = subprocess.run(["bash", "-eu", "-o", "pipefail", "-c", text], env=env, cwd=self.work, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=60 * SLOW, check=False)
        self.assertEqual(done.returncode, 0, f"{text}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    # ---- scripts

    @unittest.skipUnless(NODE, "needs node")
    def test_a_deployment_script(self):
        self.script("server.sh", SLEEPER)
        self.script("job.sh", SLEEPER)
        said = self.shell('''
            online() { pm2 jlist | node -e '
                const list = JSON.parse(require("fs").readFileSync(0));
                console.log(list.filter(p => p.pm2_env.status === "online").length)'; }
            pm2 start ./server.sh --name web -i 2
            pm2 start ./job.sh --name job --namespace back
            test "$(online)" = 3
            id=$(pm2 id job | tr -d '[] ')
            pm2 restart "$id"
            pm2 restart web
            pm2 restart back
            pm2 restart '/^we/'
            test "$(pm2 jlist | grep -o '"restart_time":2' | wc -l)" = 3
            pm2 scale web 3
            test "$(online)" = 4
            pm2 reload web
            pm2 stop job
            test "$(online)" = 3
            pm2 save
            pm2 kill
            test "$(online)" = 0
            pm2 resurrect
            test "$(online)" = 3
            pm2 logs web --nostream --lines 5
            pm2 pid job
            pm2 delete job
            if pm2 describe job; then echo "job is still there"; exit 9; fi
            pm2 describe web > /dev/null || exit 8
            pm2 delete all
            test "$(pm2 jlist)" = "[]"
            echo the end''')
        self.assertTrue(said.endswith("the end\n"))

    def test_start_if_it_is_not_there_else_restart(self):
        self.script("server.sh", SLEEPER)
        script = '''pm2 describe web > /dev/null 2>&1 && pm2 restart web || pm2 start ./server.sh --name web'''
        self.shell(script)
        first = self.pid_of("web")
        self.shell(script)
        self.assertNotEqual(self.pid_of("web"), first)
        self.assertEqual(len(self.instances()), 1)

    def test_startOrRestart_and_startOrReload_of_a_file(self):
        apps = [{"name": name, "script": self.script("a.sh", SLEEPER)} for name in "ab"]
        self.pmc("startOrRestart", self.eco(apps[:1]))
        first = self.pid_of("a")
        for command in ("startOrReload", "startOrGracefulReload", "startOrRestart"):
            self.pmc(command, self.eco(apps))
            self.assertEqual([self.state("a"), self.state("b")], ["online", "online"])
            self.assertNotEqual(self.pid_of("a"), first)
            first = self.pid_of("a")
        self.assertIn("no ecosystem file", self.pmc_fails("startOrRestart", "a"))

    # ---- exit codes

    def test_exit_codes(self):
        self.start("a")
        self.file("broken.yml", "apps: [")
        self.file("wrong.yml", "apps:\n  - {name: x, script: a.sh, max_restarts: many}\n")
        self.start("doomed", "exit 3", "--no-autorestart", check=False)
        missing = [(command, "zzz") for command in (
            "stop", "restart", "reload", "delete", "describe", "show", "info", "desc", "env", "reset", "attach")]
        failing = missing + [
            (), ("nosuchcommand",), ("stop",), ("delete",), ("describe",), ("scale", "a"), ("sendSignal", "SIGUSR2"),
            ("scale", "zzz", "2"), ("scale", "a", "1"), ("sendSignal", "SIGUSR2", "zzz"), ("send", "zzz", "line"),
            ("start", "nosuch.js"), ("start", "./a.sh", "--name", "b", "--interpreter", "nosuchprogram"),
            ("start", "nosuch.yml"), ("start", "broken.yml"), ("start", "wrong.yml"), ("start", "./a.sh", "--name", "a"),
            ("start", "./a.sh", "--name", "c", "--cron", "every day"), ("save", "extra"), ("kill", "extra"),
            ("prettylist", "extra"), ("resurrect", "extra"), ("cleardump", "extra"), ("reset", "77", "zzz"), ("get", "nosuchkey"), ("list", "--nonsense"),
            ("list", "--sort", "beauty"), ("stop", "a", "--parallel", "0"), ("startOrRestart", "a"), ("start",)]
        for args in failing:
            with self.subTest(args=args):
                self.pmc_fails(*args)
        for args in [("list",), ("ls",), ("l",), ("ps",), ("status",), ("id", "zzz"), ("pid", "zzz"), ("id", "a"), ("flush",),
                     ("reloadLogs",), ("save",), ("cleardump",), ("resurrect",), ("ping",), ("jlist",), ("prettylist",),
                     ("logs", "zzz", "--nostream"), ("logs", "--nostream"), ("list", "-m"), ("report",), ("show", "a"),
                     ("restart", "a"), ("reload", "a"), ("stop", "a", "--parallel", "1"), ("stop", "a"), ("start", "a"),
                     ("reset", "all"), ("reset", "77"), ("flush", "zzz"), ("flush", "zzz", "a"), ("env", "0"), ("delete", "all")]:
            with self.subTest(args=args):
                self.pmc(*args)
        for command in ("stop", "restart", "reload", "delete"):
            with self.subTest(command=command, list="empty"):
                self.pmc_fails(command, "all")
        self.pmc("save")
        self.pmc("kill")
        self.pmc("kill")

    def test_these_start_no_daemon(self):
        self.file("good.yml", "apps:\n  - {name: a, script: ./a.sh}\n")
        self.script("a.sh", SLEEPER)
        for args in (["--version"], ["-v"], ["help"], ["--help"], ["start", "--help"], ["validate", "good.yml"], ["schema"],
                     ["init", "new.yml"], ["convert", "good.yml"], ["completion", "bash"], ["doctor"], ["kill"], ["report"],
                     ["nosuchcommand"], ["list", "--nonsense"]):
            with self.subTest(args=args):
                self.pmc(*args, check=False)
                for name in ("pmcd.pid", "keeper.pid", "run/pmc.sock"):
                    self.assertFalse(os.path.exists(os.path.join(self.home, name)), name)

    # ---- jlist and prettylist

    @unittest.skipUnless(NODE, "needs node")
    def test_the_version_of_node_is_told_where_it_is_known(self):
        self.pmc("start", self.file("a.js", "setInterval(() => {}, 1e6)"), "--name", "web", env={"NODE_ENV": "production"})
        self.start("sh")
        real, versions = subprocess.run([NODE, "-p", "process.execPath + ' ' + process.versions.node"], text=True, check=True,
                                        capture_output=True, timeout=30 * SLOW).stdout.split()
        listed = {record["name"]: record["pm2_env"] for record in json.loads(self.pmc("jlist").stdout)}
        self.assertNotIn("node_version", listed["sh"])
        described = self.pmc("describe", "web").stdout
        self.assertRegex(described, r"node env +│ production")
        self.assertRegex(described, r"script id +│ 0")
        if os.path.exists(os.path.join(os.path.dirname(real), "../include/node/node_version.h")):
            self.assertEqual(listed["web"]["node_version"], versions)
            self.assertRegex(described, rf"node\.js version +│ {versions}")

    @unittest.skipUnless(NODE, "needs node")
    def test_prettylist_is_what_node_prints_of_jlist(self):
        strange = {"QUOTES": "it's \"so\"", "LINES": "one\n" * 40, "ESCAPES": "\x1b[31mred\x7f", "WIDE": "日本語🚀", "a-b.c": "x"}
        self.start("0", SLEEPER, "--", *[str(i) for i in range(30)], env=strange)
        self.start("web-dev", SLEEPER, "-i", "2", "--stop-exit-codes", "1 2 3 4 5 6 7 8 9", env=strange)
        self.pmc("stop", "all")
        listed = self.pmc("jlist").stdout
        done = subprocess.run([NODE, "-e", "process.stdout.write(require('util').inspect(JSON.parse(require('fs')"
                               ".readFileSync(0)), {depth: null, maxArrayLength: null, maxStringLength: null}))"],
                              input=listed, capture_output=True, text=True, check=True, timeout=30 * SLOW)
        shown = self.pmc("prettylist").stdout
        self.assertEqual(shown, done.stdout)
        self.assertNotIn("\x1b", shown)

    def test_how_often_each_value_of_jlist_occurs(self):
        self.start("a", SLEEPER, "-i", "3", env={"MY_VARIABLE": "once-and-again"})
        text = self.pmc("jlist").stdout
        for member in ("status", "restart_time", "exec_mode", "watch", "pm_exec_path"):
            self.assertEqual(text.count(f'"{member}":'), 3, member)
        for member in ("pm_id", "MY_VARIABLE"):
            self.assertEqual(text.count(f'"{member}":'), 6, member)
        self.assertEqual({record["pm2_env"]["axm_options"]["module_name"] for record in json.loads(text)}, {"a"})

    # ---- reload

    def test_reload_takes_one_instance_after_the_other(self):
        self.start("a", SLEEPER, "-i", "4")
        before = self.pids()
        self.pmc("reload", "a")
        after = self.pids()
        self.assertTrue(all(before[key] != after[key] for key in before))
        events = [event for event in self.events(app="a") if event["event"] in ("stopping", "online")][4:]
        self.assertEqual([(event["event"], event["number"]) for event in events],
                         [(name, number) for number in range(4) for name in ("stopping", "online")])

    def test_a_reload_that_fails_leaves_the_rest_as_it_was(self):
        path = self.script("a.sh", SLEEPER)
        self.pmc("start", path, "--name", "a", "-i", "3", "--interpreter", "none")
        before = self.pids()
        os.chmod(path, 0o644)
        said = self.pmc_fails("reload", "a")
        self.assertEqual(said.count("left as it was"), 2, said)
        after = self.pids()
        self.assertEqual([after["a", 1], after["a", 2]], [before["a", 1], before["a", 2]])
        self.kill_engine()
        self.assertEqual(self.pids()["a", 2], before["a", 2], "a later engine does not carry it out")

    def test_ctrl_c_ends_only_the_waiting_for_a_reload(self):
        self.start("a", "trap '' INT; exec sleep 1000", "-i", "2", "--kill-timeout", "700")
        before = self.pids()
        waiting = self.client("reload", "a")
        self.wait_event("stopping", app="a")
        self.assertIn("under way", self.pmc_fails("reload", "a"))
        send_signal(waiting.pid, signal.SIGINT)
        self.assertEqual(waiting.wait(10 * SLOW), 130)
        wait_until(lambda: all(self.pids().get(key) not in (None, pid) for key, pid in before.items()), 20,
                   "both instances are new")

    def test_stop_during_a_reload_wins(self):
        self.start("a", "trap '' INT; exec sleep 1000", "-i", "3", "--kill-timeout", "700")
        waiting = self.client("reload", "a")
        self.wait_event("stopping", app="a")
        self.pmc("stop", "a:2")
        self.assertEqual(waiting.wait(20 * SLOW), 1)
        self.assertEqual(self.instances("a")[2]["state"], "stopped")

    # ---- the rest of the words

    def test_attach_types_into_an_app(self):
        self.start("a", ECHO)
        self.wait_log("a", "up\n")
        attached = self.client("attach", "0", "--lines", "0", stdin=subprocess.PIPE)
        attached.stdin.write(b"hello\n")
        attached.stdin.flush()
        while b"got hello" not in (line := attached.stdout.readline()):
            self.assertTrue(line, "attach ended")
        attached.stdin.write(b"bye")
        attached.stdin.close()
        self.assertEqual(attached.wait(10 * SLOW), 0)
        self.wait_log("a", "got bye\n")
        self.assertEqual(self.state("a"), "online")
        attached.stdin = None

    def test_no_daemon_lives_as_long_as_its_command(self):
        run = self.client("start", self.script("a.sh", ECHO), "--name", "a", "--no-daemon")
        while b"| up" not in (line := run.stdout.readline()):
            self.assertTrue(line, "it ended")
        pid, engine = self.pid_of("a"), self.engine_pid()
        self.assertIn("runs already", self.pmc_fails("start", "x.sh", "--no-daemon"))
        send_signal(run.pid, signal.SIGINT)
        self.assertEqual(run.wait(20 * SLOW), 0)
        self.assertFalse(alive(pid) or alive(engine))

    def test_list_watch_prints_once_a_period(self):
        self.start("a")
        watching = self.client("list", "--watch", "--interval", "100ms")
        seen = 0
        while seen < 3:
            seen += "online" in watching.stdout.readline().decode()
        watching.stdout.close()
        watching.stdout = None
        self.assertEqual(watching.wait(10 * SLOW), 0)

    def test_no_control_byte_of_an_app_reaches_the_terminal(self):
        self.start("a", "printf '\\033[31mred\\033]0;title\\007\\n'; exec sleep 1000", "--", "\x1b[31marg",
                   env={"EVIL": "\x1b]0;x\x07"})
        self.wait_log("a", "red")
        for args in (["list"], ["list", "-m"], ["describe", "a"], ["logs", "--nostream"], ["logs", "--nostream", "--json"],
                     ["logs", "--nostream", "--format"], ["prettylist"], ["jlist"], ["report"], ["env", "0"]):
            with self.subTest(args=args):
                done = self.pmc(*args)
                self.assertFalse(set("\x1b\x07") & set(done.stdout + done.stderr))

    def test_logs_as_json_tell_lines_and_ends(self):
        self.start("a", ECHO)
        follower = self.client("logs", "a", "--json", "--lines", "1")
        records = [json.loads(follower.stdout.readline())]
        self.pmc("send", "a", "x")
        records.append(json.loads(follower.stdout.readline()))
        self.assertEqual([(r["message"], r["type"], r["process_id"], r["app_name"]) for r in records],
                         [("up", "out", 0, "a"), ("got x", "out", 0, "a")])
        self.assertTrue(records[1]["timestamp"])

    def test_silence_by_environment(self):
        for name in ("PMC_SILENT", "PM2_SILENT"):
            self.assertEqual(self.start("a" + name, env={name: "1"}).stdout, "")
            self.assertNotEqual(self.pmc("jlist", env={name: "1"}).stdout, "")

    def test_a_report_has_the_facts_and_no_secret(self):
        self.start("a", SLEEPER, "--", "--token=correct-horse", env={"PASSWORD": "correct-horse"})
        said = self.pmc("report").stdout
        self.assertTrue(said.startswith("```\n") and said.endswith("```\n"))
        for fact in (str(self.engine_pid()), "online", "kernel", "ready: 0 instances"):
            self.assertIn(fact, said)
        self.assertNotIn("correct-horse", said)


if __name__ == "__main__":
    main()
