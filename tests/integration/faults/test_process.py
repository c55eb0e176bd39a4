"""Process faults, P01 to P18: what apps do to themselves and to us."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

from hung_mount import HungMount
from mounts import private_mounts
from pmctest import (DEADLINE, PmcTest, SLOW, alive, children_of, comm_of, cpu_seconds, free_port, is_root, main, program, read_file,
                     send_signal, stat_fields, wait_until)


def users_of(pid):
    """Real, effective, saved and file system uid; nothing when it is gone."""
    for line in read_file(f"/proc/{pid}/status").splitlines():
        if line.startswith("Uid:"):
            return [int(word) for word in line.split()[1:]]
    return []


def processes_of_user(user):
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit() and user in users_of(entry)[:1] and alive(entry)]


class ProcessFaults(PmcTest):
    def app_processes(self):
        """What carries our home but is not of the daemon."""
        daemon = self.daemon_processes()
        return [pid for pid in self.own_processes() if pid not in daemon]

    def strays(self):
        """Descendants that wiped their environment: named so by victim, children of the keeper."""
        return [pid for pid in children_of(self.keeper_pid())
                if read_file(f"/proc/{pid}/cmdline").startswith("victim-stray") and alive(pid)]

    def test_P01_an_exit_code_is_told_everywhere(self):
        self.start_victim("v", "--after", "100", "--exit", "42", options=["--no-autorestart"])
        event = self.wait_event("exit", app="v")
        self.assertEqual((event["code"], event["signal"], event["core"]), (42, None, False))
        self.wait_state("v", "stopped")
        view = self.described("v")[0]
        self.assertEqual((view["last_code"], view["last_cause"]), (42, "crash"))
        self.assertIn("42", self.pmc("describe", "v").stdout)

    def test_P02_a_signal_is_told_by_name_and_is_no_exit_code(self):
        self.start_victim("v", "--after", "100", "--kill", int(signal.SIGSEGV),
                          options=["--no-autorestart", "--limits", "core=0"])
        event = self.wait_event("exit", app="v")
        self.assertEqual((event["code"], event["signal"]), (None, 11))
        self.wait_state("v", "stopped")
        self.assertIn("SIGSEGV", self.pmc("describe", "v").stdout)

    def test_P03_a_crash_loop_backs_off_ends_in_errored_and_delays_nobody(self):
        self.start_victim("good")
        good = self.pid_of("good")
        self.start_victim("v", "--err", "no database", "--after", "20", "--exit", "1",
                          options=["--max-restarts", "6", "--exp-backoff-restart-delay", "40"], check=False)
        wait_until(lambda: self.instance("v")["restarts"] >= 2, what="the loop is under way")
        self.pmc("restart", "good", timeout=DEADLINE)
        self.assertNotEqual(self.pid_of("good"), good)
        self.wait_state("v", "errored", 30)
        starts = [event["time_us"] for event in self.events("starting", app="v")]
        gaps = [b - a for a, b in zip(starts, starts[1:])]
        self.assertEqual(len(starts), 6)
        self.assertGreater(gaps[-1], 2 * gaps[0], gaps)
        view = self.described("v")[0]
        self.assertIn("no database", view["stderr_tail"])
        self.assertTrue(view["reason"])

    def test_P04_what_cannot_be_executed_is_told_with_the_systems_reason(self):
        os.mkdir(f"{self.work}/folder")
        cases = {
            "missing": (f"{self.work}/nothing", "o such file"),
            "plain": (self.file("plain", "text", 0o644), "ermission denied"),
            "bang": (self.file("bang", "#!/no/such/interpreter\n", 0o755), "o such file"),
            "folder": (f"{self.work}/folder", "ermission denied"),
        }
        for name, (script, reason) in cases.items():
            with self.subTest(name):
                said = self.pmc_fails("start", self.eco([{"name": name, "script": script, "interpreter": "none"}]))
                self.assertIn(reason, said)
                self.assertEqual(self.state(name), "errored")
                self.assertEqual([event["cause"] for event in self.events("exit", app=name)], ["exec"], "one try, no loop")
                self.assertEqual(self.events("online", app=name), [])
        self.start_victim("own127", "--after", "50", "--exit", "127", options=["--no-autorestart"])
        event = self.wait_event("exit", app="own127")
        self.assertEqual((event["code"], event["cause"]), (127, "crash"))

    def test_P05_the_step_that_failed_is_named(self):
        script = self.script("a.sh", "exec sleep 1000")
        cases = {"cwd": ({"cwd": f"{self.work}/nowhere"}, "nowhere"),
                 "user": ({"uid": "no-such-user"}, "no-such-user"),
                 "group": ({"gid": "no-such-group"}, "no-such-group")}
        if is_root():
            # Without CAP_SYS_RESOURCE nobody may raise a hard limit; as root an impossible value is refused by the kernel.
            cases["limit"] = ({"limits": {"nofile": 1 << 40}}, "set limit nofile")
        for name, (option, text) in cases.items():
            with self.subTest(name):
                said = self.pmc_fails("start", self.eco([{"name": name, "script": script, **option}]))
                self.assertIn(text, said)
                self.assertNotIn("online", {view["state"] for view in self.instances(name)})

    def test_P07_an_app_that_ignores_the_signal_is_killed_once_at_its_deadline(self):
        self.start_victim("v", "--ignore", "--say", "up", options=["--kill-timeout", "300"])
        self.wait_log("v", "up")
        begun = time.monotonic()
        self.pmc("stop", "v")
        self.assertGreaterEqual(time.monotonic() - begun, 0.29)
        self.assertEqual(self.state("v"), "stopped")
        self.assertEqual(len(self.events("killed", app="v")), 1)
        self.assertEqual([event["signal"] for event in self.events("exit", app="v")], [9])

    def test_P08_a_stopped_app_is_woken_to_be_stopped(self):
        self.start_victim("v", "--say", "up", options=["--kill-timeout", "60s"])
        self.wait_log("v", "up")
        pid = self.pid_of("v")
        send_signal(pid, signal.SIGSTOP)
        wait_until(lambda: stat_fields(pid)[0] == "T", what="it is stopped")
        self.pmc("stop", "v")
        self.assertEqual(self.events("exit", app="v")[-1]["signal"], 2)

    def test_P10_children_that_hold_the_port_are_gone_before_the_restart(self):
        port = free_port()
        self.start_victim("v", "--listen", port, "--children", "3", "--say", "up")
        self.wait_log("v", "up")
        old = self.pid_of("v")
        wait_until(lambda: len(self.app_processes()) == 4, what="leader and 3 children")
        tree = self.app_processes()
        send_signal(old, signal.SIGKILL)
        self.wait_new_pid("v", old)
        self.wait_state("v", "online")
        self.assertFalse([pid for pid in tree if alive(pid)])
        self.assertFalse(self.log("v", "error"), "the next life could not bind")

    def test_P11_descendants_that_escaped_are_stopped_with_the_app(self):
        for engine_dies in (False, True):
            with self.subTest(engine_dies=engine_dies):
                self.start_victim("v", "--daemonize", "3", "--say", "up")
                wait_until(lambda: len(self.app_processes()) == 4, what="leader and 3 daemons")
                tree = self.app_processes()
                if engine_dies:
                    self.kill_engine()
                self.pmc("stop", "v")
                self.assertFalse([pid for pid in tree if alive(pid)])
                self.pmc("delete", "v")

    def test_P11_they_are_also_gone_after_a_crash_and_a_delete(self):
        self.start_victim("v", "--daemonize", "2", "--say", "up", options=["--min-uptime", "0"])
        wait_until(lambda: len(self.app_processes()) == 3, what="leader and 2 daemons")
        tree, old = self.app_processes(), self.pid_of("v")
        send_signal(old, signal.SIGKILL)
        self.wait_new_pid("v", old)
        self.assertFalse([pid for pid in tree if alive(pid)])
        wait_until(lambda: len(self.app_processes()) == 3, what="leader and 2 daemons again")
        tree = self.app_processes()
        self.pmc("delete", "v")
        self.assertFalse([pid for pid in tree if alive(pid)])

    def test_P12_fifty_fork_chains_end_with_one_stop(self):
        self.start_victim("v", "--say", "up", "--chain", "50")
        self.wait_log("v", "up")
        # Each link's parent is gone, so it is a child of the keeper; it lives too short to be looked at otherwise.
        wait_until(lambda: len(children_of(self.keeper_pid())) > 20, what="the chains run")
        self.pmc("stop", "v")
        for _ in range(50):
            self.assertEqual(children_of(self.keeper_pid()), [self.engine_pid()])

    def test_P13_a_fork_bomb_at_its_limit_is_cleared_away_and_others_live(self):
        if not is_root():
            self.skipTest("needs root to be somebody else, whose processes are counted")
        user, limit = 61234, 60
        os.chmod(self.dir, 0o755)
        bomb = shutil.copy(program("VICTIM"), f"{self.dir}/bomb")
        self.start_victim("other")
        self.pmc("start", self.eco([{"name": "bomb", "script": bomb, "interpreter": "none", "cwd": "/", "args": ["--bomb"],
                                     "uid": user, "gid": user, "limits": {"nproc": limit}}]))
        wait_until(lambda: len(processes_of_user(user)) == limit, 20, lambda: f"the limit: {len(processes_of_user(user))}")
        wait_until(lambda: "pids limit reached" in (self.described("bomb")[0]["process_trouble"] or ""), what="it is told")
        self.assertIn("pids limit reached", self.pmc("list").stdout)
        self.assertIsNone(self.described("other")[0]["process_trouble"])
        with self.keeps("other"):
            self.pmc("list", timeout=DEADLINE)
            self.pmc("stop", "bomb", timeout=DEADLINE)
            self.assertEqual(processes_of_user(user), [])
        self.assertEqual(self.pmc_json("ping")["engine_restarts"], 0)

    def test_P14_a_child_without_environment_and_session_is_killed_while_an_ancestor_is_known(self):
        # The stray's parent is gone: what is left of it is a child of the keeper, which has no other children than
        # leaders. It must not outlive the stop, or must be named.
        self.start_victim("v", "--clearenv", "1", "--say", "up")
        self.wait_log("v", "up")
        stray = wait_until(self.strays, what="the stray runs")[0]
        self.pmc("stop", "v")
        if alive(stray):
            event = self.wait_event("stray")
            self.assertIn(str(stray), event["detail"])
            send_signal(stray, signal.SIGKILL)
            self.wait_gone(stray)

    def test_P16_an_app_without_stdout_does_not_spin_and_later_writers_are_logged(self):
        self.start_victim("closed", "--say", "last words", "--close-stdout")
        self.start_victim("handed", "--hand-over")
        self.wait_log("closed", "last words")
        self.wait_log("handed", "handed over 20")
        engine = self.engine_pid()
        before, begun = cpu_seconds(engine), time.monotonic()
        wait_until(lambda: self.log("handed").count("\n") > 120, what="a second of lines")
        spent = (cpu_seconds(engine) - before) / (time.monotonic() - begun)
        self.assertLess(spent, 0.5, "the engine spins")
        lines = self.log("handed").splitlines()
        self.assertEqual(lines, [f"handed over {n}" for n in range(1, len(lines) + 1)])

    def test_P18_orphans_are_reaped(self):
        self.start_victim("v", "--orphans", "1000", "--say", "made")
        self.wait_log("v", "made", deadline=30)

        def no_zombie():
            return not [pid for pid in children_of(self.keeper_pid()) if (stat_fields(pid) or "?")[0] == "Z"]
        wait_until(no_zombie, 5, "no zombie is left")


class HungDisk(PmcTest):
    """P06 and P09: apps that wait in the kernel for a file system that does not answer."""

    @classmethod
    def setUpClass(cls):
        private_mounts()

    def setUp(self):
        super().setUp()
        self.mount = HungMount(f"{self.dir}/hung")
        self.start_victim("other")

    def tearDown(self):
        self.mount.close()
        super().tearDown()

    def wait_hung(self):
        wait_until(lambda: self.mount.asked, what="somebody waits for the mount")

    def assert_nobody_else_waits(self):
        self.pmc("list", timeout=DEADLINE)
        old = self.pid_of("other")
        self.pmc("restart", "other")
        self.assertNotIn(self.pid_of("other"), (0, old))
        self.assertEqual(self.pmc_json("ping")["engine_restarts"], 0)

    def assert_told(self, name, text):
        wait_until(lambda: re.search(text, self.described(name)[0]["process_trouble"] or ""), 20, lambda: f"told: {text}")
        self.assertRegex(self.pmc("describe", name).stdout, text)
        self.assertRegex(self.pmc("list").stdout, rf"{name} \(\d+\): {text}")

    def test_P06_a_working_directory_on_a_hung_mount_keeps_only_its_own_app_waiting(self):
        start = self.client("start", self.eco([{"name": "v", "script": program("VICTIM"), "interpreter": "none",
                                                "cwd": f"{self.mount.path}/sub", "kill_timeout": 200}]))
        self.wait_hung()
        self.assertEqual(self.state("v"), "starting")
        self.assert_nobody_else_waits()
        self.assert_told("v", r"waiting in chdir since \d")
        pid = self.pid_of("v")
        stop = self.client("stop", "v")
        self.wait_event("killed", app="v")
        self.assertEqual(start.wait(10 * SLOW), 1, "overridden by the stop")
        self.assertEqual((self.state("v"), self.pid_of("v")), ("stopping", pid))
        self.assert_told("v", r"cannot be killed: waits in kernel, in chdir since \d")
        self.assert_nobody_else_waits()
        self.assertEqual(stop.wait(10 * SLOW), 1, "it gives up")
        self.assertEqual((self.state("v"), self.pid_of("v")), ("stopping", pid), "and is still to be stopped")
        self.assertIn("waits in kernel", self.pmc_fails("delete", "v"))
        self.mount.close()
        wait_until(lambda: not self.instances("v"), what="it is stopped and deleted when the mount is gone")
        self.assertFalse(alive(pid))

    def test_P09_an_app_that_cannot_be_killed_gets_no_second_copy_and_delays_nobody(self):
        self.start_victim("v", "--wait-file", f"{self.mount.path}/file", options=["--kill-timeout", "200"])
        self.wait_hung()
        pid = self.pid_of("v")
        said = self.pmc_fails("restart", "v")
        self.assertIn("cannot be killed: waits in kernel", said)
        self.assertIn("no second copy", said)
        self.wait_event("stuck", app="v")
        self.assert_told("v", "cannot be killed: waits in kernel")
        self.assert_nobody_else_waits()
        self.assertEqual(stat_fields(pid)[0], "D")
        self.assertEqual((self.state("v"), self.pid_of("v")), ("restarting", pid))
        self.kill_engine()
        self.assertEqual(self.pid_of("v"), pid)
        self.assertIn("waits in kernel", self.pmc_fails("restart", "v"), "told at once: it was waited for before")
        self.assertEqual(sorted(other for other in self.own_processes() if comm_of(other) == "victim"),
                         sorted((pid, self.pid_of("other"))))
        self.mount.close()
        self.assertNotIn(self.wait_new_pid("v", pid), (0, pid))
        self.assertFalse(alive(pid))

    def test_P09_the_daemon_ends_though_an_app_cannot(self):
        self.start_victim("v", "--wait-file", f"{self.mount.path}/file", options=["--kill-timeout", "200"])
        self.wait_hung()
        pid, daemons = self.pid_of("v"), self.daemon_processes()
        self.pmc("daemon", "stop", timeout=30 * SLOW)
        for daemon in daemons:
            self.wait_gone(daemon)
        self.assertEqual(stat_fields(pid)[0], "D")
        self.mount.close()
        self.wait_gone(pid)


class UnprivilegedDaemon(PmcTest):
    USER = 61235

    def setUp(self):
        super().setUp()
        if not is_root():
            self.skipTest("needs root to be somebody else, and to make a set-uid program")
        if os.statvfs(self.dir).f_flag & os.ST_NOSUID or "NoNewPrivs:\t0" not in read_file("/proc/self/status"):
            self.skipTest("no program is set-uid here: the file system is nosuid, or no new privileges are given")
        pmc = self.pmc_for_everybody()
        self.pmc_path = self.script(
            "pmc", f"exec setpriv --reuid {self.USER} --regid {self.USER} --clear-groups '{pmc}' \"$@\"")
        for folder in (self.home, self.work):
            os.makedirs(folder, exist_ok=True)
            os.chown(folder, self.USER, self.USER)
        os.chmod(self.home, 0o700)

    def test_P15_a_set_uid_child_is_named_and_the_rest_of_the_tree_is_gone(self):
        program_of_root = shutil.copy(program("VICTIM"), f"{self.dir}/root-victim")
        os.chmod(program_of_root, 0o4755)
        script = self.script("tree.sh", f"'{program_of_root}' --become-root --say up &\n"
                                        f"exec '{self.for_everybody('VICTIM')[0]}' --children 2")
        self.pmc("start", script, "--name", "v")
        self.wait_log("v", "up")
        daemon = self.daemon_processes()
        tree = [pid for pid in self.own_processes() if pid not in daemon]
        of_root = [pid for pid in tree if users_of(pid)[:1] == [0]]
        self.assertEqual((len(tree), len(of_root)), (4, 1))
        try:
            self.pmc("stop", "v")
            self.assertEqual([pid for pid in tree if alive(pid)], of_root)
            self.assertEqual(self.state("v"), "stopped")
            event = self.wait_event("stray", app="v")
            self.assertRegex(event["detail"], rf"left: pid {of_root[0]} \(root-victim\): not permitted")
        finally:
            send_signal(of_root[0], signal.SIGKILL)
            self.wait_gone(of_root[0])


class PidNamespace(PmcTest):
    """P17: in a pid namespace of its own, where the next pid can be chosen. The methods run in a second process, its init."""

    def end_life(self, pid, reap=False):
        """Kill an app and wait until its number is free; as its parent after the daemon's death we reap it."""
        send_signal(pid, signal.SIGKILL)
        if reap:
            wait_until(lambda: os.waitpid(-1, os.WNOHANG)[0] == pid, what=f"{pid} is reaped")
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"), what=f"{pid} is free")

    def newcomer(self, pid):
        """A stranger that gets this pid and counts the signals that reach it."""
        counts = f"{self.dir}/signals"

        def born():
            with open("/proc/sys/kernel/ns_last_pid", "w", encoding="ascii") as file:
                file.write(str(pid - 1))
            process = subprocess.Popen([program("VICTIM"), "--count-signals", counts, "--say", "up"], cwd="/", env={},
                                       stdout=subprocess.PIPE, start_new_session=True)
            if process.pid != pid:
                process.kill()
                process.communicate()
                return None
            return process
        process = wait_until(born, what=f"a stranger with pid {pid}")
        self.assertEqual(process.stdout.readline(), b"up\n")
        self.addCleanup(self.end_newcomer, process)
        return process

    def end_newcomer(self, process):
        process.kill()
        process.communicate()

    def assert_untouched(self, process):
        self.assertIsNone(process.poll())
        self.assertIn(stat_fields(process.pid)[0], "SR", "it was stopped")
        self.assertEqual(read_file(f"{self.dir}/signals", "rb"), b"")

    def test_the_pid_of_a_stopped_app(self):
        self.start_victim("v")
        pid = self.pid_of("v")
        self.pmc("stop", "v")
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"), what=f"{pid} is free")
        stranger = self.newcomer(pid)
        self.pmc("stop", "v", check=False)
        self.pmc("sendSignal", "SIGTERM", "v", check=False)
        self.kill_engine()
        self.pmc("restart", "v")
        self.pmc("delete", "v")
        self.assert_untouched(stranger)

    def test_the_pid_of_an_app_that_died_while_the_engine_stood_still(self):
        self.start_victim("v", "--daemonize", "1", options=["--no-autorestart"])
        engine, pid = self.engine_pid(), self.pid_of("v")
        send_signal(engine, signal.SIGSTOP)
        wait_until(lambda: stat_fields(engine)[0] == "T", what="the engine is stopped")
        self.end_life(pid)
        stranger = self.newcomer(pid)
        orders = [self.client(*words) for words in (("sendSignal", "SIGTERM", "v"), ("stop", "v"), ("delete", "v"))]
        send_signal(engine, signal.SIGCONT)
        for order in orders:
            order.communicate(timeout=20 * SLOW)
        wait_until(lambda: self.instances("v") == [], what="v is deleted")
        self.assert_untouched(stranger)

    def test_the_pid_of_an_app_that_died_while_no_engine_lived(self):
        self.start_victim("v", "--daemonize", "1", options=["--no-autorestart"])
        engine, pid = self.engine_pid(), self.pid_of("v")
        send_signal(engine, signal.SIGSTOP)
        wait_until(lambda: stat_fields(engine)[0] == "T", what="the engine is stopped")
        self.end_life(pid)
        stranger = self.newcomer(pid)
        send_signal(engine, signal.SIGKILL)
        self.wait_engine(engine)
        self.wait_event("exit", app="v", pid=pid, signal=9)
        self.pmc("stop", "v", check=False)
        self.pmc("delete", "v")
        self.assert_untouched(stranger)

    def test_the_pid_of_an_app_that_died_while_no_daemon_lived(self):
        self.start_victim("v")
        pid = self.pid_of("v")
        self.kill_both()
        self.end_life(pid, reap=True)
        stranger = self.newcomer(pid)
        self.assertNotEqual(self.wait_new_pid("v", pid), pid)
        self.wait_state("v", "online")
        self.pmc("stop", "v")
        self.pmc("delete", "v")
        self.assert_untouched(stranger)


class PidReuse(unittest.TestCase):
    def test_P17_no_signal_reaches_who_got_the_pid_of_a_dead_app(self):
        wrapper = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
        if not is_root() or subprocess.run([*wrapper, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
            self.skipTest("no pid namespace can be made here")
        inner = subprocess.run([*wrapper, sys.executable, os.path.abspath(__file__), "PidNamespace"], capture_output=True,
                               text=True, timeout=90 * SLOW, check=False)
        self.assertEqual(inner.returncode, 0, inner.stdout + inner.stderr)
        self.assertIn("Ran 4 tests", inner.stderr)


def load_tests(loader, _tests, _pattern):
    """All but PidNamespace, which P17 calls by its name."""
    return unittest.TestSuite(map(loader.loadTestsFromTestCase, (ProcessFaults, UnprivilegedDaemon, PidReuse, HungDisk)))


if __name__ == "__main__":
    main()
