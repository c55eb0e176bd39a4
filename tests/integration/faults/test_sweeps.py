"""D02 and D03: the engine killed at every system call of its start and its work, or one of its calls failing once."""

import errno
import subprocess
import unittest

from counting import CountingTest
from pmctest import SANITIZED, SLOW, alive, comm_of, main, program, sweep, wait_until


class Sweeps(CountingTest):
    def setUp(self):
        super().setUp()
        self.looked_at = 0
        self.start_counting("raw", rate=2000)
        self.start_counting("stamped", rate=2000, options=["--time"])
        for name in ("m1", "m2"):
            self.start_counting(name, rate=500, options=["--output", f"{self.work}/merged.log", "--time"])
        self.start_victim("mortal", "--say", "born", "--after", "50", "--exit", "3",
                          options=["--min-uptime", "0", "--restart-delay", "0", "--max-restarts", "1000000000"])

    def atcall(self, *arguments):
        """What happened, or None when the engine did not come that far."""
        done = subprocess.run([program("ATCALL"), str(self.keeper_pid()), *map(str, arguments)], capture_output=True,
                              text=True, timeout=60 * SLOW, check=False)
        if done.returncode == 77:
            self.skipTest("no ptrace here: " + done.stderr)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return done.stdout if done.returncode == 0 else None

    def settle(self):
        """An engine that is ready and not in safe mode."""
        def answers():
            done = self.pmc("ping", "--json", check=False)
            return done.returncode == 0 and done.stdout
        if '"safe":false' not in wait_until(answers, 20, "the daemon answers").replace(" ", ""):
            self.pmc("daemon", "resume")

    def assert_no_new_wrong_end(self):
        """Every life of `mortal` ends with 3; one that did not is told at the point that did it, and only there."""
        wrong = [event for event in self.events("exit", app="mortal")
                 if event["id"] > self.looked_at and (event["code"], event["signal"]) != (3, None)]
        self.looked_at = max([self.looked_at, *(event["id"] for event in wrong)])
        self.assertEqual(wrong, [])

    def check(self, reached):
        counters = ("raw", "stamped", "m1", "m2")
        self.assert_no_new_wrong_end()
        self.assertTrue(reached, "no point was reached: the sweep proves nothing")
        before = {name: self.pid_of(name) for name in counters}
        self.pmc("stop", "all")
        self.assertFalse([pid for pid in before.values() if alive(pid)])
        self.assert_every_line_once("raw")
        self.assert_every_line_once("stamped", stamped=True)
        for name in ("m1", "m2"):
            self.assert_every_line_once(name, f"{self.work}/merged.log", stamped=True)
        self.assert_exits_are_true()
        self.assertEqual([pid for pid in self.own_processes() if comm_of(pid) in ("victim", "counter")], [])

    def assert_exits_are_true(self):
        """Each life says `born`; each has one end in history, and it is the true one."""
        def ends():
            exits = self.events("exit", app="mortal")
            return len(exits) >= self.log("mortal").count("born\n") and exits
        exits = wait_until(ends, 10, lambda: f"an end for each of {self.log('mortal').count('born')} lives: "
                           f"{len(self.events('exit', app='mortal'))}")
        pids = [event["pid"] for event in exits]
        self.assertEqual(sorted(set(pids)), sorted(pids), "a life ended twice")

    def test_D02_killed_at_every_system_call(self):
        before = {name: self.pid_of(name) for name in ("raw", "stamped", "m1", "m2")}
        points = sweep([*range(1, 600, 7), *range(600, 3000, 23)])
        reached = 0
        for point in points:
            with self.subTest(call=point):
                reached += self.atcall("kill", point) is not None
                self.settle()
                self.assert_no_new_wrong_end()
        self.assertEqual({name: self.pid_of(name) for name in before}, before)
        self.check(reached)

    @unittest.skipIf(SANITIZED, "the sanitizer's own calls would fail")
    def test_D03_one_call_fails(self):
        before = {name: self.pid_of(name) for name in ("raw", "stamped", "m1", "m2")}
        errors = [errno.EAGAIN, errno.EINTR, errno.ENOSPC, errno.EMFILE, errno.ENOMEM]
        points = sweep([(number, error) for error in errors for number in range(60, 400, 9)])
        reached = 0
        for number, error in points:
            with self.subTest(call=number, error=errno.errorcode[error]):
                reached += self.atcall("fail", number, error) is not None
                self.settle()
                self.assert_no_new_wrong_end()
        self.assertEqual({name: self.pid_of(name) for name in before}, before)
        self.check(reached)


if __name__ == "__main__":
    main()
