#!/usr/bin/env python3
"""pmc alone: the program against a daemon that only talks (fake_daemon.py). What is asked, what is printed, exit codes."""

import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

PMC = os.environ["PMC"]
FAKE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fake_daemon.py")
DEADLINE = 20


class PmcAlone(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="pmc-alone-")
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        os.makedirs(os.path.join(self.home, "run"), 0o700)
        self.env = {"PATH": os.environ["PATH"], "PMC_HOME": self.home, "HOME": self.home, "LANG": "C.UTF-8",
                    "SECRET_OF_CALLER": "x"}

    def serve(self):
        self.daemon = subprocess.Popen([sys.executable, FAKE, os.path.join(self.home, "run", "pmc.sock")],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.assertEqual(self.daemon.stdout.readline(), "ready\n")
        self.requests = queue.Queue()
        self.reader = threading.Thread(target=self.read_requests)
        self.reader.start()
        self.addCleanup(self.end_daemon)

    def read_requests(self):
        for line in self.daemon.stdout:
            self.requests.put(json.loads(line))

    def end_daemon(self):
        if not self.daemon.stdin.closed:
            self.daemon.stdin.close()
        self.daemon.wait(DEADLINE)
        self.reader.join(DEADLINE)
        self.daemon.stdout.close()

    def request(self):
        """The next request the daemon got."""
        return self.requests.get(timeout=DEADLINE)

    def pmc(self, *args, code=0, **keywords):
        done = subprocess.run([PMC, *args], env=self.env, cwd=self.home, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE, check=False, **keywords)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.home, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path


class WithoutDaemon(PmcAlone):
    def test_usage_and_exit_codes(self):
        self.assertIn("Usage: pmc", self.pmc(code=1).stdout)
        self.assertIn("Usage: pmc", self.pmc("help").stdout)
        self.assertIn("Usage: pmc stop", self.pmc("stop", "--help").stdout)
        self.assertEqual(self.pmc("help", "stop").stdout, self.pmc("stop", "-h").stdout)
        self.assertRegex(self.pmc("--version").stdout, r"^\d+\.\d+\.\d+\n$")
        self.assertIn("did you mean `pmc list`", self.pmc("lst", code=1).stderr)
        self.assertIn("did you mean --json", self.pmc("list", "--jsno", code=1).stderr)

    def test_these_never_start_a_daemon(self):
        self.write("good.yml", "apps:\n  - {name: a, script: ./a.sh}\n")
        self.write("a.sh", "#!/bin/sh\n", 0o755)
        for args in (["kill"], ["daemon", "stop"], ["help"], ["--version"], ["validate", "good.yml"], ["doctor"]):
            with self.subTest(args=args):
                self.pmc(*args)
                self.assertEqual(os.listdir(os.path.join(self.home, "run")), [])

    def test_validate_lists_every_mistake_with_its_place(self):
        self.write("bad.yml", "apps:\n  - name: a\n    script: a.sh\n    kil_timeout: 5s\n    max_restarts: many\n")
        said = self.pmc("validate", "bad.yml", code=1).stderr
        self.assertIn("bad.yml:4:5:", said)
        self.assertIn("kill_timeout", said)
        self.assertIn("bad.yml:5:", said)

    def test_a_file_that_is_not_there_is_named_once_with_the_reason(self):
        said = self.pmc("validate", "nosuch.yml", code=1).stderr.splitlines()[0]
        self.assertEqual(said.count("nosuch.yml"), 1, said)
        self.assertIn("no such file", said)

    def test_a_file_with_a_mistake_starts_nothing_not_even_a_daemon(self):
        self.write("bad.yml", "apps:\n  - {name: a, script: a.sh, nonsense: 1}\n")
        self.assertIn("nothing was done", self.pmc("start", "bad.yml", code=1).stderr)
        self.assertEqual(os.listdir(os.path.join(self.home, "run")), [])

    def test_doctor_speaks_json(self):
        machine = json.loads(self.pmc("doctor", "--json").stdout)["machine"]
        self.assertIn("pidfd_open", [check["name"] for check in machine])


class WithDaemon(PmcAlone):
    def setUp(self):
        super().setUp()
        self.serve()

    def test_list_is_a_table_without_colour_in_a_pipe(self):
        shown = self.pmc("list").stdout
        self.assertIn("● online", shown)
        self.assertIn("名前", shown)
        self.assertNotIn("\x1b", shown)

    def test_jlist_is_one_line_without_newline(self):
        text = self.pmc("jlist").stdout
        self.assertNotIn("\n", text)
        self.assertEqual({record["name"] for record in json.loads(text)}, {"web", "crashy", "名前"})

    def test_all_targets_are_handled_and_one_failure_is_exit_1(self):
        done = self.pmc("stop", "zzz", "web", code=1)
        self.assertIn("[web](0) ✓", done.stdout)
        self.assertIn("no app, id or namespace zzz", done.stderr)
        self.assertIn("did you mean 'web'?", done.stderr)
        self.assertEqual(self.request()["params"]["targets"], ["zzz", "web"])

    def test_reasons_below_the_table_are_those_of_what_was_acted_on(self):
        reason = "16 times in 15 min"
        self.assertEqual(self.pmc("list").stdout.count(reason), 2)
        stopped = self.pmc("stop", "web").stdout
        self.assertIn("✖ errored", stopped)
        self.assertNotIn(reason, stopped)
        self.assertIn(f"crashy (1): exit 3 after 50 ms, {reason}", self.pmc("stop", "crashy", "zzz", code=1).stdout)

    def test_where_nothing_was_done_the_error_is_the_last_word(self):
        done = self.pmc("restart", "zzz", code=1)
        self.assertNotIn("│", done.stdout)
        self.assertTrue(done.stderr.endswith("did you mean 'web'?\n"), done.stderr)

    def test_what_the_daemon_notes_is_a_warning(self):
        done = self.pmc("stop", "web", "noted", code=1)
        self.assertIn("[WARN] not stored: safe mode", done.stderr)
        self.assertNotIn("not stored", done.stdout)

    def test_the_path_of_a_script_stands_for_its_apps_but_a_name_wins(self):
        path = self.write("known.js", "")
        self.write("named.js", "")
        self.write("other.js", "")
        for command, method in (("stop", "app.stop"), ("restart", "app.restart"), ("delete", "app.delete"),
                                ("describe", "app.describe"), ("logs", "log.files")):
            for word, target in (("known.js", path), ("./known.js", path), ("named.js", "named.js"), ("./named.js", "./named.js"),
                                 ("other.js", "other.js"), ("nosuch.js", "nosuch.js")):
                with self.subTest(command=command, word=word):
                    options = ["--nostream"] if command == "logs" else []
                    subprocess.run([PMC, command, word, *options], env=self.env, cwd=self.home, capture_output=True,
                                   timeout=DEADLINE, check=False)
                    request = self.request()
                    while request["method"] != method:
                        self.assertEqual(request["method"], "app.list")
                        request = self.request()
                    self.assertEqual(request["params"]["targets"], [target])

    def test_more_events_than_the_daemon_gives_are_refused(self):
        self.assertIn("more than the most allowed, 10000", self.pmc("events", "--limit", "10001", code=1).stderr)
        self.pmc("events", "--limit", "10000")

    def test_doctor_and_ping_tell_safe_mode_once(self):
        shown = self.pmc("doctor", code=1).stdout
        self.assertIn("The daemon\n ✘ safe mode: pmcd crashed\n", shown)
        self.assertIn("`pmc daemon resume` leaves it", shown)
        self.assertEqual(shown.count("orphans"), 1)
        self.assertIn("✔ shelf: whole", shown)
        self.assertEqual(json.loads(self.pmc("doctor", "--json", code=1).stdout)["ping"]["orphans"], 2)
        self.assertEqual(self.pmc("ping").stderr.count("safe mode"), 1)

    def test_silent_prints_data_and_errors_only(self):
        self.assertEqual(self.pmc("stop", "web", "--silent").stdout, "")
        self.assertNotEqual(self.pmc("--silent", "jlist").stdout, "")
        self.assertNotEqual(self.pmc("-s", "stop", "zzz", code=1).stderr, "")

    def test_a_change_is_repeated_with_the_same_id_when_the_connection_breaks(self):
        self.pmc("stop", "break", code=1)
        first, second = self.request(), self.request()
        self.assertEqual(first["params"]["request"], second["params"]["request"])
        self.pmc("stop", "web")
        self.request()
        self.assertNotEqual(self.request()["params"].get("request"), first["params"]["request"])

    def test_start_of_a_script_sends_its_spec_and_the_callers_environment(self):
        script = self.write("new app.sh", "#!/bin/sh\n", 0o755)
        self.pmc("start", "./new app.sh", "--name", "new", "-k", "5s", "-o", "out.log", "--", "-x", "a b")
        self.assertEqual(self.request()["method"], "app.list")
        params = self.request()["params"]
        spec, env = params["apps"][0]["spec"], params["apps"][0]["env"]
        self.assertEqual((spec["name"], spec["script"], spec["kill_timeout"]), ("new", script, 5000))
        self.assertEqual((spec["args"], spec["out_file"]), (["-x", "a b"], os.path.join(self.home, "out.log")))
        self.assertEqual(env["SECRET_OF_CALLER"], "x")

    def test_start_of_a_name_means_the_app_in_the_list(self):
        self.pmc("start", "web", "--max-restarts", "3")
        self.request()
        asked = self.request()
        self.assertEqual((asked["method"], asked["params"]["targets"]), ("app.begin", ["web"]))
        self.assertEqual(asked["params"]["options"], {"max_restarts": 3})
        self.assertNotIn("env", asked["params"])

    def test_start_of_nothing_known_is_refused(self):
        self.assertIn("no app, file or program", self.pmc("start", "no-such-thing", code=1).stderr)

    def test_a_script_that_is_online_or_another_with_its_name_is_refused(self):
        script = self.write("web.sh", "#!/bin/sh\n", 0o755)
        self.assertIn("another script", self.pmc("start", script, code=1).stderr)

    def test_a_script_that_is_in_the_list_is_started_again_or_multiplied(self):
        self.assertIn("already launched", self.pmc("start", "/srv/app.js", "--name", "web", code=1).stderr)
        self.pmc("start", "/srv/app.js", "--name", "web", "-f", "-i", "2")
        self.pmc("start", "/srv/app.js", "--name", "crashy")
        asked = [self.request() for _ in range(10)]
        changes = [(request["method"], request["params"].get("to") or request["params"]["targets"])
                   for request in asked if request["method"] in ("app.scale", "app.begin", "app.start")]
        self.assertEqual(changes, [("app.scale", "+2"), ("app.begin", ["crashy"])])

    def test_start_of_a_file_starts_its_apps_and_restart_leaves_the_environment(self):
        self.write("a.sh", "#!/bin/sh\n", 0o755)
        file = self.write("eco.yml", "apps:\n  - {name: a, script: ./a.sh}\n  - {name: b, script: ./a.sh}\n")
        self.pmc("start", file)
        params = self.request()["params"]
        self.assertEqual([app["spec"]["name"] for app in params["apps"]], ["a", "b"])
        self.assertEqual((params["apps"][0]["base_dir"], params["update"]), (self.home, "env"))
        self.request()
        self.pmc("restart", file)
        self.assertNotIn("update", self.request()["params"])
        self.request()
        self.pmc("restart", file, "--update-env")
        self.assertEqual(self.request()["params"]["update"], "env")

    def test_many_apps_come_in_requests_the_daemon_takes(self):
        self.env["LONG"] = "x" * 50000
        self.write("a.sh", "#!/bin/sh\n", 0o755)
        apps = "".join(f"  - {{name: a{i}, script: ./a.sh}}\n" for i in range(40))
        self.pmc("start", self.write("eco.yml", "apps:\n" + apps))
        seen, request = [], self.request()
        while request["method"] == "app.start":
            self.assertLess(len(json.dumps(request)), 1 << 20)
            seen += [app["spec"]["name"] for app in request["params"]["apps"]]
            request = self.request()
        self.assertEqual(seen, [f"a{i}" for i in range(40)])

    def test_stop_of_a_file_means_the_names_of_its_apps(self):
        self.write("a.sh", "#!/bin/sh\n", 0o755)
        self.pmc("stop", self.write("eco.yml", "apps:\n  - {name: web, script: ./a.sh}\n"))
        self.assertEqual(self.request()["params"]["targets"], ["web"])

    def test_options_are_merged_and_null_takes_back(self):
        self.pmc("restart", "web", "--kill-timeout=null", "--cwd", "sub", "--update-env")
        params = self.request()["params"]
        self.assertEqual(params["options"], {"kill_timeout": None, "cwd": os.path.join(self.home, "sub")})
        self.assertEqual(params["env"]["SECRET_OF_CALLER"], "x")

    def test_a_wrong_value_is_found_before_anything_is_asked(self):
        self.assertIn("kill_timeout", self.pmc("restart", "web", "-k", "soon", code=1).stderr)

    def test_ctrl_c_ends_the_waiting_not_the_work(self):
        waiting = subprocess.Popen([PMC, "stop", "slow"], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        self.assertEqual(self.request()["method"], "app.stop")
        waiting.send_signal(signal.SIGINT)
        said = waiting.communicate(timeout=DEADLINE)[1]
        self.assertEqual(waiting.returncode, 130)
        self.assertIn("the daemon goes on", said)

    def test_describe_escapes_what_an_app_wrote(self):
        shown = self.pmc("describe", "crashy").stdout
        self.assertIn("\\x1b[31mboom", shown)
        self.assertNotIn("\x1b", shown)

    def test_small_answers(self):
        self.assertEqual(self.pmc("pid", "web").stdout, "812\n")
        self.assertEqual(self.pmc("id", "web").stdout, "[ 1, 0, 2 ]\n")
        self.assertIn("GREETING: hello", self.pmc("env", "0").stdout)
        self.assertIn("dump.pmc", self.pmc("save").stdout)
        self.assertIn("killed by SIGSEGV (core dumped)", self.pmc("events").stdout)
        self.assertIn("pong", self.pmc("ping").stdout)

    def test_a_reader_that_goes_away_is_no_error(self):
        read, write = os.pipe()
        os.close(read)
        for args in (["list"], ["jlist"], ["events"], ["logs", "--nostream"]):
            with self.subTest(args=args):
                done = subprocess.run([PMC, *args], env=self.env, stdout=write, stderr=subprocess.PIPE, timeout=DEADLINE,
                                      check=False)
                self.assertEqual((done.returncode, done.stderr), (0, b""))
        os.close(write)


class Logs(PmcAlone):
    def setUp(self):
        super().setUp()
        os.mkdir(os.path.join(self.home, "logs"))
        self.append("web-out.log", "".join(f"out {i}\n" for i in range(5)))
        self.append("web-error.log", "\x1b[31merr\n")
        self.append("api-out.log", "api\n")
        self.serve()

    def append(self, name, text):
        with open(os.path.join(self.home, "logs", name), "a", encoding="utf-8") as file:
            file.write(text)

    def follow(self, *args):
        """A pmc that follows: everything appended from now on reaches it."""
        follower = subprocess.Popen([PMC, "logs", *args], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                    text=True)
        self.addCleanup(self.end, follower)
        self.wait_request("events.follow")
        return follower

    def wait_request(self, method):
        while self.request()["method"] != method:
            pass

    def end(self, follower):
        follower.kill()
        follower.communicate()

    def test_the_last_lines_of_each_file_with_names(self):
        shown = self.pmc("logs", "web", "--nostream", "--lines", "2").stdout
        self.assertIn("[TAILING] Tailing last 2 lines for [web] process (", shown)
        self.assertIn("web-out.log last 2 lines:\n2|web | out 3\n2|web | out 4\n", shown)
        self.assertIn("1|web | \\x1b[31merr\n", shown)
        self.assertNotIn("\x1b", shown)
        self.assertNotIn("out 2", shown)
        self.assertNotIn("api", shown)

    def test_raw_lines_go_where_the_app_wrote_them(self):
        done = self.pmc("logs", "--nostream", "--raw", "--lines", "1")
        self.assertEqual((sorted(done.stdout.splitlines()), done.stderr), (["api", "out 4"], "\x1b[31merr\n"))
        self.assertEqual(self.pmc("logs", "--nostream", "--raw", "--err").stdout, "")
        self.assertEqual(self.pmc("logs", "--nostream", "--raw", "--out", "web", "--lines", "1").stdout, "out 4\n")

    def test_new_lines_come_in_their_order_also_after_a_rename(self):
        follower = self.follow("--raw", "--lines", "0")
        path = os.path.join(self.home, "logs", "web-out.log")
        for name in ("web-out.log", "api-out.log", "web-out.log"):
            self.append(name, f"line of {name}\n")
            self.assertEqual(follower.stdout.readline(), f"line of {name}\n")
        os.rename(path, path + ".1")
        self.append("web-out.log", "in the new file\n")
        self.assertEqual(follower.stdout.readline(), "in the new file\n")

    def test_an_app_that_comes_later_is_followed_too(self):
        follower = self.follow("--raw", "--lines", "0")
        self.append("later-out.log", "first\n")
        self.daemon.stdin.write('{"id":9,"event":"added","app":"later"}\n')
        self.daemon.stdin.flush()
        self.assertEqual(follower.stdout.readline(), "first\n")

    def test_the_end_of_the_daemon_is_not_the_end_of_the_lines(self):
        follower = self.follow("web", "--raw", "--lines", "0")
        self.daemon.stdin.close()
        self.daemon.wait(DEADLINE)
        self.append("web-out.log", "still there\n")
        self.assertEqual(follower.stdout.readline(), "still there\n")

    def test_a_reader_that_has_seen_enough_ends_it_silently(self):
        follower = self.follow("web")
        self.assertIn("TAILING", follower.stdout.readline())
        follower.stdout.close()
        self.assertEqual(follower.wait(DEADLINE), 0)
        self.assertEqual(follower.stderr.read(), "")


class StrangeDaemons(PmcAlone):
    def listen(self, greeting):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(os.path.join(self.home, "run", "pmc.sock"))
        listener.listen()
        self.addCleanup(listener.close)

        def talk():
            conn, _ = listener.accept()
            with conn:
                conn.sendall(greeting)
                conn.recv(4096)
        thread = threading.Thread(target=talk)
        thread.start()
        self.addCleanup(thread.join)

    def test_a_daemon_of_another_major_version_is_named(self):
        self.listen(b'{"hello":{"protocol":[9,0],"version":"9.0.0","engine_pid":5}}\n')
        self.assertIn("9", self.pmc("list", code=1).stderr)

    def test_rubbish_is_an_error_not_a_crash(self):
        self.listen(b"\x00\xff rubbish\n")
        self.assertNotEqual(self.pmc("list", code=1).stderr, "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
