#!/usr/bin/env python3
"""A soak: crashing, chatty and restarting apps, and an engine that is killed again and again, for MINUTES.

    soak.py [MINUTES]          30 if not given

At the end: memory of keeper and engine at the beginning and the end, zombies, descriptors, and every line of every counter.
Exit status 0 only if memory is flat, nothing leaked, and every line is there once.
"""

import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../integration"))

from counting import CountingTest  # noqa: E402
from pmctest import alive, children_of, program, read_file, send_signal, stat_fields, wait_until  # noqa: E402

spend = threading.Event().wait
MINUTES = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0


class Soak(CountingTest):
    def runTest(self):
        self.apps()
        self.settle(60)
        first, kills, restarts = self.facts(), 0, 0
        print(f"at the beginning: {first}", flush=True)
        end, report = time.monotonic() + MINUTES * 60, time.monotonic() + 60
        while time.monotonic() < end:
            spend(random.uniform(0.05, 3))
            if random.random() < 0.7:
                kills += self.kill()
            else:
                self.pmc("restart", "restarted")
                restarts += 1
            if time.monotonic() > report:
                report += 60
                print(f"{kills} kills, {restarts} restarts: {self.facts()}", flush=True)
        self.settle(60)
        last = self.facts()
        print(f"at the end, after {kills} kills and {restarts} restarts: {last}", flush=True)
        crashes = self.instance("crash")["restarts"]
        self.pmc("stop", "all")
        for name in ("raw", "stamped"):
            self.assert_every_line_once(name, stamped=name == "stamped")
            print(f"{name}: {self.counted(name)} lines, each once")
        for name in ("m1", "m2"):
            self.assert_every_line_once(name, f"{self.work}/merged.log", stamped=True)
            print(f"{name}: {self.counted(name)} lines, each once, in a merged file")
        print(f"crash: {crashes} restarts")
        self.assertEqual(last["zombies"], 0)
        self.assertLessEqual(last["engine_fds"], first["engine_fds"] + 4)
        self.assertLessEqual(last["keeper_fds"], first["keeper_fds"] + 4)
        self.assertLessEqual(last["keeper_kib"], first["keeper_kib"] + 256)
        self.assertLessEqual(last["engine_kib"], first["engine_kib"] * 1.3 + 1024)

    def apps(self):
        self.start_counting("raw", rate=2000)
        self.start_counting("stamped", rate=1000, options=["--time"])
        for name in ("m1", "m2"):
            self.start_counting(name, rate=300, options=["--output", f"{self.work}/merged.log", "--time"])
        self.start_victim("crash", "--say", "born", "--after", "200", "--exit", "3", options=[
            "--min-uptime", "0", "--max-restarts", "1000000000"])
        self.start_victim("tree", "--daemonize", "2", "--children", "2", "--after", "900", "--kill", int(signal.SIGKILL),
                          options=["--min-uptime", "0"])
        self.start_victim("restarted", "--children", "1")
        self.start_victim("quiet", options=["-i", "20"])

    def kill(self):
        engine = self.engine_now()
        return bool(engine) and send_signal(engine, signal.SIGKILL)

    def settle(self, deadline):
        """An engine that is not killed for a while, out of safe mode."""
        wait_until(lambda: self.pmc("ping", check=False).returncode == 0, deadline, "the daemon answers")
        if self.pmc_json("ping")["safe"]:
            self.pmc("daemon", "resume")
        spend(2)

    def facts(self):
        self.settle(30)
        keeper, engine = self.keeper_pid(), self.engine_pid()
        zombies = [pid for pid in children_of(keeper) if not alive(pid) and (stat_fields(pid) or "?")[0] == "Z"]
        return {"keeper_kib": self.pss(keeper), "engine_kib": self.pss(engine), "zombies": len(zombies),
                "keeper_fds": len(os.listdir(f"/proc/{keeper}/fd")), "engine_fds": len(os.listdir(f"/proc/{engine}/fd"))}

    def pss(self, pid):
        for line in read_file(f"/proc/{pid}/smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
        return 0


if __name__ == "__main__":
    program("COUNTER")
    outcome = Soak().run()
    for _, text in outcome.failures + outcome.errors:
        print(text)
    print("soak: " + ("passed" if outcome.wasSuccessful() else "FAILED"))
    sys.exit(0 if outcome.wasSuccessful() else 1)
