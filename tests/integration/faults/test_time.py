"""Time faults, T01 to T04: clocks that jump, boots, and the ends of containers and machines."""

import os
import signal
import subprocess
import time

from pmctest import (PmcTest, SLOW, alive, comm_of, is_root, main, program, read_file, send_signal, shim_environment,
                     wait_until)


class WallClock(PmcTest):
    """T01: the wall clock of the daemon is set by a library that is loaded into it; that of the machine stays."""

    def setUp(self):
        super().setUp()
        self.offset = self.file(f"{self.dir}/offset", "0")
        os.makedirs(self.home, mode=0o700)
        self.file(f"{self.home}/pmcd.ini", "watchdog = 600ms\n", 0o600)
        self.pmc("ping", env={**shim_environment(self), "PMC_SHIM_CLOCK": self.offset})

    def move(self, seconds):
        self.file(self.offset, str(seconds))

    def test_T01_a_clock_that_jumps_is_told_and_moves_no_timer(self):
        self.start_victim("v", "--exit", "1", "--after", "10", options=["--restart-delay", "300ms", "--max-restarts", "1000"])
        self.start_victim("calm")
        calm = self.pid_of("calm")
        for seconds in (86400, -86400, 0):
            with self.subTest(seconds):
                self.move(seconds)
                moved = len(self.events("clock moved"))
                wait_until(lambda n=moved: len(self.events("clock moved")) > n, 20, "the jump is told")
                before = self.instance("v")["restarts"]
                wait_until(lambda n=before: self.instance("v")["restarts"] >= n + 2, 15, "two restarts more")
                self.assertLess(self.instance("calm").get("uptime_ms", 0), 300000)
        self.assertEqual(self.pid_of("calm"), calm)
        told = [event["detail"] for event in self.events("clock moved")]
        self.assertTrue(any("forward" in text for text in told) and any("back" in text for text in told), told)

    def test_T01_a_stop_ends_at_its_deadline_whatever_the_clock_says(self):
        self.start_victim("v", "--ignore", options=["--kill-timeout", "600"])
        pid, begun = self.pid_of("v"), time.monotonic()
        stop = self.client("stop", "v")
        self.wait_event("stopping", app="v")
        self.move(-86400)
        self.assertEqual(stop.wait(20 * SLOW), 0)
        took = time.monotonic() - begun
        self.assertFalse(alive(pid))
        self.assertGreater(took, 0.55)


class Boot(PmcTest):
    def test_T02_after_a_boot_the_intent_is_started_and_nobody_is_signalled(self):
        for name in ("a", "b", "c"):
            self.start_victim(name)
        self.pmc("stop", "b")
        old = self.pids()
        memory = read_file(f"{self.home}/run/where").strip()
        self.kill_both()
        for pid in old.values():
            send_signal(pid, signal.SIGKILL)
            self.wait_gone(pid)
        table = f"{memory}/keeper.table"
        boot = read_file("/proc/sys/kernel/random/boot_id").strip().encode()
        at = read_file(table, "rb").index(boot)
        with open(table, "r+b") as file:
            file.seek(at)
            file.write(b"00000000-0000-0000-0000-000000000000")
        counts = f"{self.dir}/signals"
        stranger = subprocess.Popen([program("VICTIM"), "--count-signals", counts, "--say", "up"], cwd="/", env={},
                                    stdout=subprocess.PIPE, start_new_session=True)
        try:
            self.assertEqual(stranger.stdout.readline(), b"up\n")
            stale = [f"{self.home}/pmcd.pid", f"{self.home}/keeper.pid"]
            stale += [f"{self.home}/pids/{name}" for name in os.listdir(f"{self.home}/pids")]
            for path in stale:
                self.file(path, str(stranger.pid))
            self.wait_state("a", "online")
            self.wait_state("c", "online")
            self.assertEqual(self.state("b"), "stopped")
            self.assertNotIn(stranger.pid, self.pids().values())
            self.pmc("restart", "all")
            self.pmc("delete", "all")
            self.assertIsNone(stranger.poll())
            self.assertEqual(read_file(counts, "rb"), b"")
        finally:
            stranger.kill()
            stranger.communicate()


class Container(PmcTest):
    def test_T03_the_end_of_a_container_is_an_orderly_one(self):
        if not is_root():
            self.skipTest("needs root for a pid namespace")
        probe = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "true"], capture_output=True, text=True, check=False)
        if probe.returncode != 0:
            self.skipTest(f"no pid namespace: {probe.stderr.strip()}")
        self.pmc("start", self.eco([{"name": "quick", "script": program("VICTIM"), "interpreter": "none"},
                                    {"name": "slow", "script": program("VICTIM"), "interpreter": "none",
                                     "args": ["--ignore", "--children", "3"], "kill_timeout": 700}]))
        self.pmc("daemon", "stop")
        before = self.engine_pid()
        container = subprocess.Popen(["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", program("PMCD"),
                                      "--foreground"],
                                     env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
        try:
            # A command before that would start a daemon outside.
            wait_until(lambda: self.engine_pid() not in (0, before), what="the daemon of the container is ready")
            wait_until(lambda: len(self.pids()) == 2, what="the apps run in the container")
            inside = wait_until(lambda: self.init_of(container.pid), what="pid 1 of the container")
            wait_until(lambda: len(self.victims()) == 5, what=lambda: f"five processes: {self.victims()}")
            tree = self.victims()
            send_signal(inside, signal.SIGTERM)
            container.communicate(timeout=20 * SLOW)
            self.assertEqual(container.returncode, 0)
            self.assertEqual([pid for pid in tree if alive(pid)], [])
        finally:
            if container.poll() is None:
                container.kill()
                container.communicate()
        self.wait_state("quick", "online")
        self.wait_state("slow", "online")

    def victims(self):
        return [pid for pid in self.own_processes() if comm_of(pid) == "victim"]

    def init_of(self, parent):
        children = read_file(f"/proc/{parent}/task/{parent}/children").split()
        return int(children[0]) if children else 0


class Machine(PmcTest):
    def test_T04_stop_restart_and_kill_by_systemd(self):
        self.skipTest("needs systemd as init and a unit of its own, which a test must not install on a machine")


if __name__ == "__main__":
    main()
