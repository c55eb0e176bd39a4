"""One function a scenario: measures, and yields rows (figure, pmc, reference, PM2, ratio, reach) for the table.

Rounds are interleaved, so that what else the machine does falls on all alike; figures are medians.
"""

import re
import subprocess

from rig import median, now_ms, spend


class Row:
    """A line of the table. `limit` is what pmc has to reach: `limit`, or `times` the reference."""

    def __init__(self, figure, pmc, reference=None, pm2=None, unit=" ms", limit=None, times=None, least=None):
        self.figure, self.pmc, self.reference, self.pm2, self.unit = figure, pmc, reference, pm2, unit
        self.limit, self.times, self.least = limit, times, least

    def reached(self):
        if self.least is not None:
            return self.pmc >= self.least
        return self.pmc <= (self.limit if self.times is None else self.times * self.reference)

    def cells(self):
        def number(value):
            return "-" if value is None else f"{value:.2f}{self.unit}" if value < 20 else f"{value:,.0f}{self.unit}"
        ratio = f"{self.pmc / self.reference:.1f}x" if self.reference else "-"
        reach = f">= {self.least:g}" if self.least is not None else f"<= {self.limit:g}" if self.times is None else \
            f"<= {self.times:g}x bare"
        return (self.figure, number(self.pmc), number(self.reference), number(self.pm2), ratio,
                f"{reach}: {'yes' if self.reached() else 'NO'}")


def first_ping(rig):
    """From nothing running to the answer."""
    ours, theirs = [], []
    for turn in range(rig.rounds):
        for manager, values, turns in ((rig.pmc, ours, rig.rounds), (rig.pm2, theirs, 3)):
            if manager and turn < turns:
                values.append(manager.took("ping"))
                manager.end()
    yield Row("first ping from nothing running", median(ours), None, median(theirs), limit=20)


def ping(rig):
    """The commands that only ask, with many apps in the list; the references are the least client that asks the same."""
    for manager in rig.managers():
        manager("start", manager.apps("a", ["beacon", rig.beacons.path], rig.many))
        rig.beacons.wait(rig.many)
    for command, method in (("ping", "daemon.ping"), ("list", "app.list")):
        ours, bare, theirs = [], [], []
        for turn in range(rig.rounds * 5):
            ours.append(rig.pmc.took(command))
            begin, end = rig.bare.time([rig.bare.path, "client", rig.pmc.socket(), method])
            bare.append(end - begin)
            if rig.pm2 and turn < 5:
                theirs.append(rig.pm2.took(command))
        yield Row(f"{command} with {rig.many} apps", median(ours), median(bare), median(theirs), limit=3)
    yield version(rig)


def version(rig):
    """What every command pays before it does anything; the reference is a program that does nothing."""
    ours, bare, theirs = [], [], []
    for turn in range(rig.rounds * 5):
        ours.append(rig.pmc.took("--version"))
        begin, end = rig.bare.time(["/bin/true"])
        bare.append(end - begin)
        if rig.pm2 and turn < 5:
            theirs.append(rig.pm2.took("--version"))
    return Row("`pmc --version`", median(ours), median(bare), median(theirs), limit=2)


def start(rig):
    """All apps of one file: until the last one's main() runs, until the command is back; and until all are stopped.

    Each round is a first start: log and pid files are made. The pause before it: ext4 without a journal searches long for
    the number of a new file when many were removed in the last five seconds, as the round before has done."""
    running, back, stopped = ({manager: [] for manager in ("bare", *rig.managers())} for _ in range(3))
    for manager in rig.managers():
        manager("ping")
    for turn in range(rig.rounds):
        spend(rig.settle_s)
        bare = subprocess.Popen([rig.bare.path, "spawn", rig.beacons.path, str(rig.many)], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE)
        begin = int(bare.stdout.readline()) / 1e6
        running["bare"].append(rig.beacons.wait(rig.many)[-1][1] - begin)
        stopped["bare"].append(float(bare.communicate(b"\n")[0]))
        for manager in rig.managers(turn < 3):
            begin, end = manager.time("start", manager.apps(f"a{turn}", ["beacon", rig.beacons.path], rig.many))
            running[manager].append(max(ms for _, ms in rig.beacons.wait(rig.many)) - begin)
            back[manager].append(end - begin)
            stopped[manager].append(manager.took("stop", "all"))
            manager("delete", "all")
    for figure, values, times in ((f"{rig.many} instances of one file: all run", running, 2.5),
                                  (f"{rig.many} instances: `start` is back, table printed", back, 2.5),
                                  (f"`stop all` of {rig.many}", stopped, 4)):
        yield Row(figure, median(values[rig.pmc]), median((running if values is back else values)["bare"]),
                  median(values.get(rig.pm2, [])), times=times)


def restart(rig):
    """Of one app: from the command's start to the new process's main(); and from a SIGKILL to it."""
    restarts, kills = ({manager: [] for manager in ("bare", *rig.managers())} for _ in range(2))
    pids = {}
    asks = {"bare": rig.bare.keep(rig.beacons), **{manager: [*manager.command, "restart", "a"] for manager in rig.managers()}}
    pids["bare"] = rig.beacons.wait(1)[0][0]
    for manager in rig.managers():
        manager("start", manager.apps("a", ["beacon", rig.beacons.path], min_uptime=100, max_restarts=1000000))
        pids[manager] = rig.beacons.wait(1)[0][0]
    for turn in range(rig.rounds * 3):
        for manager, command in asks.items():
            if manager is rig.pm2 and turn >= 5:
                continue
            begin, _ = rig.bare.time(command, env=None if manager == "bare" else manager.env)
            pids[manager], ms = rig.beacons.wait(1)[0]
            restarts[manager].append(ms - begin)
            spend(0.15)     # longer than min_uptime: an app that just began is not started again at once
            begin = now_ms()
            rig.kill(pids[manager])
            pids[manager], ms = rig.beacons.wait(1)[0]
            kills[manager].append(ms - begin)
            spend(0.15)
    rig.bare.close()
    for figure, values, limit in (("`restart` to the new process", restarts, 4), ("kill -9 to the new process", kills, 2)):
        yield Row(figure, median(values[rig.pmc]), median(values["bare"]), median(values.get(rig.pm2, [])), limit=limit)


def memory(rig):
    """PSS of the manager's own processes, settled."""
    for manager in rig.managers():
        manager("ping")
    have = 0
    for count, limit in ((0, 4), (rig.many, 6), (rig.many * 5, 12)):
        figures = []
        for manager in rig.managers():
            if count:
                manager("start", manager.apps(f"a{count}", ["beacon", rig.beacons.path], count - have))
                rig.beacons.wait(count - have)
        spend(rig.idle_s / 20)
        figures = [manager.pss_mib() for manager in rig.managers()]
        have = count
        yield Row(f"PSS, {count} apps", figures[0], None, figures[1] if rig.pm2 else None, unit=" MiB", limit=limit)


def idle(rig):
    """CPU and wake-ups of the manager while its apps wait and nobody asks anything."""
    for manager in rig.managers():
        manager("start", manager.apps("a", ["beacon", rig.beacons.path], rig.many))
        rig.beacons.wait(rig.many)
    spend(rig.idle_s / 10)
    before = [(manager.cpu_ms(), manager.wakeups()) for manager in rig.managers()]
    spend(rig.idle_s)
    after = [(manager.cpu_ms(), manager.wakeups()) for manager in rig.managers()]
    cpu = [(b[0] - a[0]) / rig.idle_s for a, b in zip(before, after)]
    wakeups = [(b[1] - a[1]) / rig.idle_s for a, b in zip(before, after)]
    yield Row(f"idle CPU, {rig.many} apps, per mille of a core", cpu[0], None, cpu[1] if rig.pm2 else None, unit="", limit=0.5)
    yield Row("idle wake-ups a second", wakeups[0], None, wakeups[1] if rig.pm2 else None, unit="", limit=1)


def log(rig):
    """What tests/bench/log_throughput.c says of the pump, splice, and read+write."""
    done = subprocess.run([f"{rig.build}/tests/bench/log_throughput", rig.folder, str(rig.log_mib)], text=True,
                          stdout=subprocess.PIPE, check=True, timeout=600)
    for part in done.stdout.split("writes of ")[1:]:
        size = int(part.split()[0])
        found = {name: (float(speed), float(cpu)) for name, speed, cpu in
                 re.findall(r"(\S+) +(\d+) MiB/s +([\d.]+) s CPU", part)}
        pump = found["pump"]
        for name, share in (("splice", 0.9), ("read+write", 0.8)):
            yield Row(f"raw log, writes of {size:,}, beside {name}", pump[0], found[name][0], unit=" MiB/s",
                      least=round(share * found[name][0]))
        yield Row(f"raw log, writes of {size:,}, CPU beside splice", pump[1] * 1000, found["splice"][1] * 1000, unit=" ms", times=1.3)


def storm(rig):
    """Apps that end every 100 ms, no delay: restarts a second, and how long `list` takes meanwhile."""
    rates, lists = [], []
    for manager in rig.managers():
        manager("start", manager.apps("s", ["exit", 100], rig.many, min_uptime=100 if manager is rig.pm2 else 0, restart_delay=0,
                                      max_restarts=1000000000,
                                      **({} if manager is rig.pm2 else {"exp_backoff_restart_delay": 0})))
        before, begin, values = manager.restarts(), now_ms(), []
        while now_ms() - begin < rig.storm_s * 1000:
            values.append(manager.took("list"))
            spend(0.2)
        rates.append((manager.restarts() - before) * 1000 / (now_ms() - begin))
        lists.append(median(values))
        manager.end()
    bare = rig.bare.run("storm", rig.many, 100, rig.storm_s)[0]
    yield Row(f"storm of {rig.many} apps: restarts a second", rates[0], bare, rates[1] if rig.pm2 else None, unit="/s",
              least=9 * rig.many)
    yield Row("`list` during the storm", lists[0], None, lists[1] if rig.pm2 else None, limit=20)


ALL = (first_ping, ping, start, restart, memory, idle, log, storm)
