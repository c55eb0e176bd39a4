"""Start, restart policy, stop, and what a process gets, on real processes."""

import json
import os
import pwd
import shutil
import signal
import subprocess

from pmctest import PmcTest, alive, environment_of, is_root, main, read_file, send_signal, wait_until

SLEEPER = "exec sleep 1000"


class Lifecycle(PmcTest):
    def start(self, spec, **keywords):
        if "script" not in spec:
            spec["script"] = self.script("a.sh", SLEEPER)
        spec = {"name": "a", **spec}
        return self.pmc("start", self.eco([spec]), **keywords)

    def status_field(self, pid, name):
        for line in read_file(f"/proc/{pid}/status").splitlines():
            if line.startswith(name + ":"):
                return line.split(":", 1)[1].split()
        return None

    # ---- policy

    def test_autorestart_false_leaves_it_stopped(self):
        self.start({"script": self.script("a.sh", "exit 3"), "autorestart": False}, check=False)
        self.wait_state("a", "stopped")
        event = self.wait_event("exit", app="a")
        self.assertEqual((event["code"], event["signal"]), (3, None))

    def test_stop_exit_codes(self):
        self.start({"script": self.script("a.sh", "read line; exit $line"), "stop_exit_codes": [7, 0]})
        old = self.pid_of("a")
        self.pmc("send", "a", "5")
        self.wait_new_pid("a", old)
        self.pmc("send", "a", "7")
        self.wait_state("a", "stopped")
        self.assertEqual(self.events("exit", app="a")[-1]["cause"], "stop_exit_code")

    def test_max_restarts_ends_in_errored_with_the_reason(self):
        self.start({"script": self.script("a.sh", "echo why >&2; exit 9"), "max_restarts": 3,
                    "exp_backoff_restart_delay": 0}, check=False)
        self.wait_state("a", "errored")
        self.assertEqual([event["code"] for event in self.events("exit", app="a")], [9, 9, 9])
        view = self.described("a")[0]
        self.assertIn("9", view["reason"])
        self.assertIn("why", view["stderr_tail"])

    def test_lives_that_end_at_once_never_stop_the_chain(self):
        """A life may be over before the start of it has returned: its end must not be lost."""
        for name in ("a", "b", "c", "d"):
            self.pmc("start", "/bin/true", "--name", name, "--min-uptime", "0", "--exp-backoff-restart-delay", "0",
                     "--max-restarts", "1000000000", check=False)
        for name in ("a", "b", "c", "d"):
            wait_until(lambda name=name: self.instance(name)["restarts"] > 400, 30,
                       what=lambda name=name: f"400 lives: {self.instance(name)}")

    def test_backoff_grows(self):
        self.start({"script": self.script("a.sh", "exit 1"), "exp_backoff_restart_delay": 50, "max_restarts": 5},
                   check=False)
        self.wait_state("a", "errored", 20)
        starts = [event["time_us"] for event in self.events("starting", app="a")]
        gaps = [(later - earlier) / 1e6 for earlier, later in zip(starts, starts[1:])]
        self.assertEqual(len(gaps), 4)
        self.assertGreater(gaps[-1], gaps[0] * 1.5, gaps)

    def test_restart_delay_is_waited_for(self):
        self.start({"script": self.script("a.sh", "read line; exit 1"), "restart_delay": "300ms", "min_uptime": 0})
        self.pmc("send", "a", "go")
        exit_us = self.wait_event("exit", app="a")["time_us"]
        start_us = wait_until(lambda: len(self.events("starting", app="a")) > 1
                              and self.events("starting", app="a")[1]["time_us"], what="second start")
        self.assertGreaterEqual(start_us - exit_us, 290_000)

    def test_a_restart_by_hand_begins_anew(self):
        self.start({"script": self.script("a.sh", "exit 1"), "max_restarts": 2, "exp_backoff_restart_delay": 0}, check=False)
        self.wait_state("a", "errored")
        self.script("a.sh", SLEEPER)
        self.pmc("restart", "a")
        self.assertEqual(self.state("a"), "online")

    # ---- stop

    def test_stop_signal_and_sequence(self):
        text = "trap 'echo INT' INT; trap 'echo TERM' TERM; echo up; while :; do sleep 0.01; done"
        self.start({"script": self.script("a.sh", text), "stop_signal": "SIGTERM 100ms, SIGINT 100ms, SIGKILL"})
        self.wait_log("a", "up")
        self.pmc("stop", "a")
        self.assertEqual(self.log("a").split(), ["up", "TERM", "INT"])
        self.assertEqual(self.events("exit", app="a")[-1]["signal"], 9)

    def test_many_stops_run_in_parallel(self):
        text = "trap '' INT; echo up; while :; do sleep 0.01; done"
        self.start({"script": self.script("a.sh", text), "instances": 8, "merge_logs": True, "kill_timeout": "1s"})
        wait_until(lambda: self.log("a").count("up") == 8, what="all are up")
        self.pmc("stop", "a")
        order = [event["event"] for event in self.events(app="a") if event["event"] in ("stopping", "exit")]
        self.assertEqual(order, ["stopping"] * 8 + ["exit"] * 8)

    def test_children_are_stopped_with_the_app(self):
        self.start({"script": self.script("a.sh", "sleep 1000 & sleep 1001 & echo up; wait")})
        self.wait_log("a", "up")
        tree = [pid for pid in self.own_processes() if pid not in self.daemon_processes()]
        self.assertEqual(len(tree), 3)
        self.pmc("stop", "a")
        self.assertFalse([pid for pid in tree if alive(pid)])

    def test_treekill_false_signals_the_leader_only(self):
        self.start({"script": self.script("a.sh", "sleep 1000 & echo $!; wait"), "treekill": False})
        child = int(wait_until(lambda: self.log("a"), what="pid of the child"))
        self.pmc("stop", "a")
        self.assertTrue(alive(child))
        send_signal(child, signal.SIGKILL)
        self.wait_gone(child)

    def test_however_short_a_life_it_was_online_and_its_start_a_success(self):
        apps = [{"name": f"a{i}", "script": "/bin/false", "interpreter": "none", "autorestart": False} for i in range(20)]
        self.pmc("start", self.eco(apps))
        for app in apps:
            self.wait_state(app["name"], "stopped")
        self.wait_event("stopped", app="a19")
        events = [json.loads(line) for line in self.pmc("events", "--json", "--limit", "1000").stdout.splitlines()]
        for app in apps:
            self.assertEqual([event["event"] for event in events if event["app"] == app["name"]],
                             ["added", "starting", "online", "exit", "stopped"], app["name"])

    # ---- what a process gets

    def test_a_process_gets_clean_signals_stdio_and_no_foreign_descriptor(self):
        self.start({})
        pid = self.pid_of("a")
        wait_until(lambda: read_file(f"/proc/{pid}/comm") == "sleep\n", what="bash, which ignores SIGQUIT, is through")
        for field in ("SigBlk", "SigIgn"):
            self.assertEqual(int(self.status_field(pid, field)[0], 16), 0, field)
        wait_until(lambda: sorted(os.listdir(f"/proc/{pid}/fd")) == ["0", "1", "2"],
                   what=lambda: f"only stdio: {os.listdir(f'/proc/{pid}/fd')}")
        self.assertEqual(os.getsid(pid), pid)

    def test_umask_nice_limits_and_oom_score(self):
        self.start({"umask": "027", "nice": 5, "oom_score_adj": 300, "limits": {"nofile": 123, "core": 0, "stack": "unlimited"}})
        pid = self.pid_of("a")
        limits = {line[:25].strip(): line[26:].split()[0] for line in read_file(f"/proc/{pid}/limits").splitlines()[1:]}
        self.assertEqual(self.status_field(pid, "Umask")[0], "0027")
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, pid), 5)
        self.assertEqual(read_file(f"/proc/{pid}/oom_score_adj").strip(), "300")
        self.assertEqual((limits["Max open files"], limits["Max core file size"]), ("123", "0"))

    def test_an_oom_score_that_the_kernel_refuses_is_reported(self):
        if not is_root() or not shutil.which("setpriv"):
            self.skipTest("needs root and setpriv")
        bounded = ["setpriv", "--bounding-set", "-sys_resource"]
        subprocess.run([*bounded, self.pmc_path, "ping"], env=self.env, check=True, stdout=subprocess.DEVNULL)
        if int(self.status_field(self.engine_pid(), "CapEff")[0], 16) >> 24 & 1:
            self.skipTest("the capability cannot be given up here")
        self.assertIn("oom_score_adj", self.start({"oom_score_adj": -500}, check=False).stderr)
        self.assertEqual(self.state("a"), "errored")

    def test_uid_gid_groups_and_home(self):
        if not is_root():
            self.skipTest("needs root")
        user = pwd.getpwnam("nobody")
        os.chmod(self.dir, 0o755)
        self.start({"uid": "nobody"})
        pid = self.pid_of("a")
        self.assertEqual(self.status_field(pid, "Uid"), [str(user.pw_uid)] * 4)
        self.assertEqual(self.status_field(pid, "Gid"), [str(user.pw_gid)] * 4)
        self.assertEqual(environment_of(pid)["HOME"], user.pw_dir)

    def test_cwd_through_a_link_is_resolved_at_each_start(self):
        for name in ("v1", "v2"):
            os.mkdir(f"{self.work}/{name}")
        os.symlink("v1", f"{self.work}/current")
        self.start({"cwd": "current", "script": self.script("a.sh", SLEEPER)})
        self.assertEqual(os.readlink(f"/proc/{self.pid_of('a')}/cwd"), os.path.realpath(f"{self.work}/v1"))
        os.remove(f"{self.work}/current")
        os.symlink("v2", f"{self.work}/current")
        self.pmc("restart", "a")
        self.assertEqual(os.readlink(f"/proc/{self.pid_of('a')}/cwd"), os.path.realpath(f"{self.work}/v2"))

    def test_an_interpreter_is_found_in_the_apps_own_path(self):
        os.mkdir(f"{self.work}/bin")
        self.script("bin/mylang", 'echo "mylang runs $(basename "$1")"; exec sleep 1000')
        self.start({"script": self.file("a.my", ""), "interpreter": "mylang",
                    "env": {"PATH": f"{self.work}/bin:{os.environ['PATH']}"}})
        self.wait_log("a", "mylang runs a.my")

    def test_stdin_is_an_open_pipe(self):
        self.start({"script": self.script("a.sh", "echo up; read line; echo end of input; exec sleep 1000")})
        self.wait_log("a", "up")
        self.assertTrue(os.readlink(f"/proc/{self.pid_of('a')}/fd/0").startswith("pipe:"))
        self.kill_engine()
        self.assertEqual(self.log("a"), "up\n")

    def test_instances_max_counts_the_cpus_we_may_use(self):
        self.start({"instances": "max"})
        self.assertEqual(len(self.instances("a")), len(os.sched_getaffinity(0)))


if __name__ == "__main__":
    main()
