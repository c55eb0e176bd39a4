"""What the scenarios measure with: pmc and PM2 in homes of their own, bare C programs, beacons, /proc.

A beacon is an app that says "pid time" in a fifo when its main() runs, so the same app tells all three managers' speed.
"""

import glob
import json
import os
import select
import signal
import statistics
import subprocess
import tempfile
import time

TIMEOUT_S = 60


def now_ms():
    return time.monotonic_ns() / 1e6


def spend(seconds):
    select.select([], [], [], seconds)


def median(values):
    return statistics.median(values) if values else None


class Beacons:
    """The fifo that beacons write to, and their word for how to get there."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "beacons")
        os.mkfifo(self.path)
        self.fd = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)
        self.rest = b""

    def wait(self, count):
        """[(pid, ms)] of the next `count` beacons, in the order they came."""
        found, end = [], time.monotonic() + TIMEOUT_S
        while len(found) < count:
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"{len(found)} of {count} beacons within {TIMEOUT_S} s")
            lines = (self.rest + os.read(self.fd, 1 << 16)).split(b"\n")
            self.rest = lines.pop()
            found += [(int(pid), int(ns) / 1e6) for pid, ns in map(bytes.split, lines)]
        return found


class Bare:
    """tests/bench/bare.c"""

    def __init__(self, build, folder):
        self.path, self.folder, self.keeper = os.path.join(build, "tests/bench/bare"), folder, None

    def run(self, *arguments, **keywords):
        done = subprocess.run([self.path, *map(str, arguments)], stdout=subprocess.PIPE, text=True, check=True,
                              timeout=TIMEOUT_S * 4, **keywords)
        return [float(word) for word in done.stdout.split()]

    def time(self, command, env=None):
        """(begin ms, end ms) of a program, by a clock that is read beside its exec."""
        begin, end, status = self.run("time", *command, env=env)
        if status:
            raise AssertionError(f"{' '.join(command)} ended with {status:g}")
        return begin / 1e6, end / 1e6

    def keep(self, beacons):
        """Begin the least supervisor; its app's first beacon is yet to come."""
        socket = os.path.join(self.folder, f"keep-{time.monotonic_ns()}")
        self.keeper = subprocess.Popen([self.path, "keep", socket, beacons.path])
        return [self.path, "ask", socket]

    def close(self):
        if self.keeper:
            children = read(f"/proc/{self.keeper.pid}/task/{self.keeper.pid}/children").split()
            for pid in (self.keeper.pid, *map(int, children)):
                os.kill(pid, signal.SIGKILL)
            self.keeper.wait()
        self.keeper = None


class Manager:
    """A process manager with a home of its own. `command` is how it is called, `name` how it is listed."""

    def __init__(self, bare, command, env):
        self.bare, self.command = bare, command
        self.home = tempfile.mkdtemp(prefix="bench-", dir=bare.folder)
        self.env = {**os.environ, **{key: value.format(home=self.home) for key, value in env.items()}}

    def __call__(self, *arguments):
        done = subprocess.run([*self.command, *arguments], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, text=True, timeout=TIMEOUT_S * 4, check=False)
        if done.returncode:
            raise AssertionError(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout[-2000:]}")
        return done.stdout

    def time(self, *arguments):
        return self.bare.time([*self.command, *arguments], env=self.env)

    def took(self, *arguments):
        begin, end = self.time(*arguments)
        return end - begin

    def apps(self, name, arguments, instances=1, **options):
        """An ecosystem file of one app that is `bare ARGUMENTS`."""
        path = os.path.join(self.home, f"{name}.json")
        app = {"name": name, "script": self.bare.path, "interpreter": "none", "args": [str(word) for word in arguments],
               "instances": instances, "exec_mode": "fork", **options}
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"apps": [app]}, file)
        return path

    def restarts(self):
        text = self("jlist")
        return sum(app["pm2_env"]["restart_time"] for app in json.loads(text[text.index("["):]))

    def cpu_ms(self):
        """CPU of all its threads, exact (the kernel's ticks are too coarse for an idle daemon)."""
        return sum(int(read(path).split()[0]) for pid in self.pids() for path in glob.glob(f"/proc/{pid}/task/*/schedstat")) / 1e6

    def wakeups(self):
        lines = (line for pid in self.pids() for path in glob.glob(f"/proc/{pid}/task/*/status")
                 for line in read(path).splitlines())
        return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))

    def pss_mib(self):
        lines = (line for pid in self.pids() for line in read(f"/proc/{pid}/smaps_rollup").splitlines())
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


class Pmc(Manager):
    def __init__(self, bare, build):
        super().__init__(bare, [os.path.join(build, "cli/pmc")], {"PMC_HOME": "{home}"})

    def pids(self):
        return [int(read(os.path.join(self.home, name))) for name in ("keeper.pid", "pmcd.pid")]

    def socket(self):
        return os.path.join(self.home, "run/pmc.sock")

    def end(self):
        """The daemon, its apps and what it remembers are gone. A figure of an engine that fell over is none."""
        answer = self("ping")
        self("kill")
        if "engine restarts: 0" not in answer:
            raise AssertionError(f"the engine did not live through it: {answer}")


class Pm2(Manager):
    def __init__(self, bare, path):
        super().__init__(bare, ["node", os.path.realpath(path)], {"PM2_HOME": "{home}"})

    def pids(self):
        return [int(read(os.path.join(self.home, "pm2.pid")))]

    def end(self):
        self("kill")


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
