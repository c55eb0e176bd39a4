#!/usr/bin/env python3
"""The figures of pmc, each beside its reference measured in the same run (tests/bench/bare.c). Asserts no times.

    meson test -C build --benchmark -v figures         or: figures.py [SCENARIO...]
"""

import os
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../integration"))

from pmctest import PmcTest, children_of, comm_of, cpu_seconds, program, read_file, send_signal, wait_until  # noqa: E402

ROWS = []
spend = threading.Event().wait


def row(figure, ours, reference, reach, note=""):
    ROWS.append((figure, ours, reference, reach, note))
    print(f"{figure}: {ours} | reference {reference} | reach {reach} | {note}", flush=True)


def table():
    heads = ("figure", "pmc", "reference in this run", "reach", "PM2 (recorded)")
    rows = [heads, *ROWS]
    widths = [max(len(line[i]) for line in rows) for i in range(len(heads))]
    for number, line in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def bare(*arguments):
    done = subprocess.run([program("BARE"), *map(str, arguments)], stdout=subprocess.PIPE, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def clock():
    return time.monotonic() * 1e3


class Bench(PmcTest):
    """A daemon for one scenario; not a test, so nothing is asserted but that it works."""

    def runTest(self):
        """unittest wants one; the scenarios are called by main()."""

    def timed(self, *arguments, **keywords):
        begun = clock()
        self.pmc(*arguments, timeout=120, **keywords)
        return clock() - begun

    def median(self, count, *arguments):
        return statistics.median(self.timed(*arguments) for _ in range(count))

    def many(self, count, name="a", arguments=("wait",), **options):
        return self.eco([{"name": name, "script": program("BARE"), "interpreter": "none", "args": list(arguments),
                          "instances": count, "merge_logs": True, **options}], f"{name}.yml")

    def pss_mib(self):
        total = 0
        for pid in (self.keeper_pid(), self.engine_pid()):
            for line in read_file(f"/proc/{pid}/smaps_rollup").splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total / 1024

    def engine_cpu(self):
        return cpu_seconds(self.engine_pid()) + cpu_seconds(self.keeper_pid())

    # ---- scenarios

    def first_ping(self):
        values = []
        for _ in range(5):
            values.append(self.timed("ping"))
            self.pmc("daemon", "stop")
        row("first ping from nothing running", f"{statistics.median(values):.1f} ms", "-", "<= 20 ms", "260 ms")

    def ping_and_list(self):
        self.pmc("start", self.many(100))
        least, = bare("client", self.socket_path(), 100)
        row("ping, 100 apps", f"{self.median(50, 'ping'):.2f} ms", f"{least:.2f} ms least C client", "<= 3 ms", "90 ms")
        row("list, 100 apps", f"{self.median(50, 'list'):.2f} ms", f"{least:.2f} ms least C client", "<= 3 ms", "90 ms")

    def start_and_stop_100(self):
        spawned, stopped = zip(*(bare("spawn", 100, program("BARE")) for _ in range(5)))
        starts, stops = [], []
        self.pmc("ping")
        for _ in range(5):
            starts.append(self.timed("start", self.many(100)))
            stops.append(self.timed("stop", "all"))
            self.pmc("delete", "all")
        start, stop = statistics.median(starts), statistics.median(stops)
        row("100 instances running, one file", f"{start:.1f} ms", f"{statistics.median(spawned):.1f} ms bare fork/exec",
            "<= 2.5x bare", "440 ms")
        row("stop 100", f"{stop:.1f} ms", f"{statistics.median(stopped):.1f} ms bare kill/wait", "<= 4x bare", "5,650 ms")

    def restart_and_kill(self):
        self.pmc("start", self.many(1, min_uptime=0))
        least, = bare("respawn", 50, program("BARE"))
        keeper = self.keeper_pid()

        def life():
            return next((pid for pid in children_of(keeper) if comm_of(pid) == "bare"), 0)

        def until_new(old):
            while life() in (0, old):
                pass
        restarts, kills = [], []
        for _ in range(30):
            old, begun = life(), clock()
            client = self.client("restart", "a", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            until_new(old)
            restarts.append(clock() - begun)
            client.wait()
        for _ in range(30):
            old, begun = life(), clock()
            send_signal(old, 9)
            until_new(old)
            kills.append(clock() - begun)
            wait_until(lambda: self.state("a") == "online")
        row("restart to new pid", f"{statistics.median(restarts):.2f} ms", f"{least:.2f} ms bare", "<= 4 ms", "192 ms")
        row("kill -9 to new process", f"{statistics.median(kills):.2f} ms", f"{least:.2f} ms bare", "<= 2 ms", "5.3 ms")

    def memory_and_idle(self):
        self.pmc("ping")
        figures = [self.pss_mib()]
        for count, name in ((100, "a"), (400, "b")):
            self.pmc("start", self.many(count, name), timeout=120)
            figures.append(self.pss_mib())
            if count == 100:
                idle = self.idle_permille()
        row("keeper + engine PSS, idle / 100 / 500 apps", " / ".join(f"{figure:.1f}" for figure in figures) + " MiB", "-",
            "<= 4 / 6 / 12 MiB", "30 / 76 / 113 MiB")
        row("idle CPU, 100 apps", f"{idle:.2f} per mille of a core", "-", "<= 0.5", "1.4")

    def idle_permille(self, seconds=20):
        before, switches, begun = self.engine_cpu(), self.switches(), time.monotonic()
        spend(seconds)
        print(f"wake-ups of the engine while idle: {(self.switches() - switches) / seconds:.1f} a second")
        return (self.engine_cpu() - before) / (time.monotonic() - begun) * 1000

    def switches(self):
        total = 0
        for task in os.listdir(f"/proc/{self.engine_pid()}/task"):
            for line in read_file(f"/proc/{self.engine_pid()}/task/{task}/status").splitlines():
                if line.startswith("voluntary_ctxt_switches"):
                    total += int(line.split()[1])
        return total

    def log_throughput(self):
        for chunk, total in ((65536, 512 << 20), (100, 128 << 20)):
            target, go = f"{self.work}/log", f"{self.work}/go"
            reference = {how: bare("pump", how, target, total, chunk) for how in ("splice", "copy")}
            os.remove(target)
            name = f"w{chunk}"
            count = total // chunk * chunk + (chunk if total % chunk else 0)
            self.pmc("start", program("BARE"), "--interpreter", "none", "--name", name, "--output", target, "--",
                     "write", go, total, chunk)
            cpu, begun = self.engine_cpu(), time.monotonic()
            self.touch("go")
            wait_until(lambda t=target, c=count: os.path.exists(t) and os.stat(t).st_size >= c, 120)
            seconds, cpu = time.monotonic() - begun, self.engine_cpu() - cpu
            self.pmc("delete", name)
            os.remove(target)
            os.remove(go)
            speed = {"pmc": total / seconds / 1e6, **{how: total / value[0] / 1e6 for how, value in reference.items()}}
            row(f"log, raw, writes of {chunk}", f"{speed['pmc']:.0f} MB/s, {cpu:.2f} s CPU",
                f"splice {speed['splice']:.0f} MB/s, {reference['splice'][1]:.2f} s; copy {speed['copy']:.0f} MB/s, "
                f"{reference['copy'][1]:.2f} s", ">= 0.9x splice, 0.8x copy; CPU <= 1.3x splice", "-")

    def storm(self, seconds=10):
        self.pmc("start", self.many(100, "s", ("exit", "100"), min_uptime=0, restart_delay=0, exp_backoff_restart_delay=0,
                                    max_restarts=1000000000))

        def restarts():
            return sum(view["restarts"] for view in self.instances())
        before, begun, lists = restarts(), time.monotonic(), []
        while time.monotonic() - begun < seconds:
            lists.append(self.timed("list"))
            spend(0.2)
        rate = (restarts() - before) / (time.monotonic() - begun)
        row("storm: restarts a second; list meanwhile", f"{rate:.0f}; {statistics.median(lists):.1f} ms", "990 possible",
            ">= 900; <= 20 ms", "503; 456 ms")
        self.pmc("delete", "all", timeout=60)


SCENARIOS = ["first_ping", "ping_and_list", "start_and_stop_100", "restart_and_kill", "memory_and_idle", "log_throughput",
             "storm"]


def main(names):
    failed = 0
    for name in names or SCENARIOS:
        bench = Bench()
        bench.runTest = getattr(bench, name)
        result = bench.run()
        for _, text in result.failures + result.errors:
            print(f"{name}: {text}", file=sys.stderr)
            failed += 1
    table()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
