"""PmcTest: a daemon of its own in a home of its own, for one test.

A test says what it does and waits for facts (`wait_until`, `wait_event`), always with a deadline. At its end the daemon is
told to stop; a process or shared memory that is left behind fails the test, as does a report of a sanitizer. What failed
prints the daemon's log.

Programs come from the environment, set by meson: PMC, PMCD, PMC_KEEPER, VICTIM, COUNTER, ATCALL, SHIM, PMC_SOURCE.
PMC_TEST_SLOW multiplies deadlines (PMC_TEST_SANITIZED builds), PMC_TEST_ALL runs sweeps whole.
"""

import contextlib
import glob
import http.client
import json
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

SLOW = float(os.environ.get("PMC_TEST_SLOW", "1"))
ALL = os.environ.get("PMC_TEST_ALL") == "1"
SANITIZED = os.environ.get("PMC_TEST_SANITIZED") == "1"
SOURCE = os.environ.get("PMC_SOURCE") or os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
DEADLINE = 10.0


def program(variable):
    path = os.environ.get(variable, "")
    if not os.access(path, os.X_OK):
        raise unittest.SkipTest(f"{variable} names no program: run by meson test")
    return path


def pause():
    """Between two looks at a fact; nothing else in the tests spends time."""
    threading.Event().wait(0.004)


def wait_until(fact, deadline=DEADLINE, what=None):
    """Call `fact` until what it returns is true, and return that. The text of the failure is `what` (or the fact's name)
    and the last answer."""
    end = time.monotonic() + deadline * SLOW
    while True:
        answer = fact()
        if answer:
            return answer
        if time.monotonic() > end:
            text = what() if callable(what) else what or getattr(fact, "__name__", "fact")
            raise AssertionError(f"not within {deadline * SLOW:g} s: {text} (last: {answer!r})")
        pause()


def free_port():
    """A TCP port nobody listens on, below those the kernel gives to clients."""
    for _ in range(100):
        port = random.SystemRandom().randrange(10240, 32000)
        with contextlib.closing(socket.socket()) as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise AssertionError("no free port")


def http_get(port, path="/", timeout=5):
    """(status, body), or None when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout * SLOW)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, reply.read().decode()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def read_file(path, mode="r"):
    """What the file holds, or nothing when it is not there."""
    try:
        with open(path, mode, **({} if "b" in mode else {"errors": "replace"})) as file:
            return file.read()
    except OSError:
        return b"" if "b" in mode else ""


def stat_fields(pid):
    """Fields of /proc/PID/stat from the state (field 3) on, or None."""
    text = read_file(f"/proc/{pid}/stat")
    return text.rpartition(")")[2].split() if text else None


def alive(pid):
    """Is there such a process, and not only its zombie?"""
    fields = stat_fields(pid)
    return bool(fields) and fields[0] not in "ZX"


def gone(pid):
    """Not alive, and no thread of it is left that could hold a descriptor open."""
    if alive(pid):
        return False
    try:
        return len(os.listdir(f"/proc/{pid}/task")) <= 1
    except OSError:
        return True


def parent_of(pid):
    fields = stat_fields(pid)
    return int(fields[1]) if fields else None


def start_time(pid):
    """Field 22: with the pid it names a process for ever."""
    fields = stat_fields(pid)
    return int(fields[19]) if fields else None


def cpu_seconds(pid):
    fields = stat_fields(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def children_of(pid):
    return [int(child) for child in read_file(f"/proc/{pid}/task/{pid}/children").split()]


def comm_of(pid):
    return read_file(f"/proc/{pid}/comm").strip()


def environment_of(pid):
    """Variables of a process; there are none for the moment in which it executes another program."""
    pairs = wait_until(lambda: read_file(f"/proc/{pid}/environ"), 2, f"environment of {pid}").split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def send_signal(pid, number):
    """By pidfd, and never to our own group: a pid of 0 is a mistake of the test."""
    assert pid and pid > 1, f"no signal to pid {pid}"
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        signal.pidfd_send_signal(fd, number)
        return True
    except ProcessLookupError:
        return False
    finally:
        os.close(fd)


def is_root():
    return os.geteuid() == 0


def shim_environment(test):
    """Variables that load tests/helpers/shim.c into a daemon; they come on top of the test's own."""
    # A sanitizer wants to be loaded first; the library needs nothing of it.
    return {"LD_PRELOAD": program("SHIM"), "ASAN_OPTIONS": test.env["ASAN_OPTIONS"] + ":verify_asan_link_order=0"}


class Wire:
    """A client that speaks to the socket by hand, rightly or wrongly."""

    def __init__(self, path, hello=True):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(DEADLINE * SLOW)
        self.socket.connect(path)
        self.buffer, self.number = b"", 0
        if hello:
            self.send({"hello": {"protocol": [1, 0], "version": "test"}})
            self.greeting = self.receive()["hello"]

    def send(self, message):
        self.send_bytes(json.dumps(message).encode() + b"\n")

    def send_bytes(self, data):
        self.socket.sendall(data)

    def receive(self):
        """The next message, or None at the end of the connection."""
        while b"\n" not in self.buffer:
            try:
                data = self.socket.recv(1 << 16)
            except ConnectionResetError:
                data = b""
            if not data:
                return None
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        return json.loads(line)

    def call(self, method, **params):
        """The answer to one request; what comes before it (progress) is left out."""
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params})
        while True:
            answer = self.receive()
            if answer is None or (answer.get("id") == self.number and "progress" not in answer):
                return answer

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class PmcTest(unittest.TestCase):
    maxDiff = None

    # ---- a home of its own

    sends_sigsegv = False  # the test's own SIGSEGV is no finding of a sanitizer

    def setUp(self):
        self.pmc_path = program("PMC")
        self.dir = tempfile.mkdtemp(prefix="pmct-", dir="/tmp")
        self.home = os.path.join(self.dir, "home")
        self.work = os.path.join(self.dir, "work")
        os.mkdir(self.work)
        self.clients = []
        self.env = {
            # The interpreter itself before wrappers of its name.
            "PATH": os.path.dirname(os.path.realpath(sys.executable)) + ":" + os.environ["PATH"],
            "HOME": self.dir,
            "LANG": "C.UTF-8",
            "PMC_HOME": self.home,
            "ASAN_OPTIONS": f"log_path={self.dir}/sanitizer:log_exe_name=1:abort_on_error=0:detect_leaks=1"
                            f":handle_segv={0 if self.sends_sigsegv else 1}",
            "UBSAN_OPTIONS": f"log_path={self.dir}/sanitizer:log_exe_name=1:print_stacktrace=1",
        }

    def for_everybody(self, *variables):
        """Copies of programs where any user can run them: the build folder may be in a home like /root. Their paths."""
        folder = os.path.join(self.dir, "bin")
        os.makedirs(folder, exist_ok=True)
        os.chmod(self.dir, 0o755)
        paths = [shutil.copy(program(variable), folder) for variable in variables]
        for path in (folder, *paths):
            os.chmod(path, 0o755)
        return paths

    def pmc_for_everybody(self):
        """The same for pmc with all it starts."""
        return self.for_everybody("PMC", "PMCD", "PMC_KEEPER")[0]

    def run(self, result=None):
        result = result if result is not None else self.defaultTestResult()
        before = len(result.failures) + len(result.errors)
        super().run(result)
        directory = getattr(self, "dir", None)
        if directory is None:
            return result
        if len(result.failures) + len(result.errors) > before:
            log = read_file(os.path.join(self.home, "pmc.log"))
            print(f"---- pmc.log of {self.id()}\n{log[-20000:]}----", file=sys.stderr, flush=True)
        shutil.rmtree(directory, ignore_errors=True)
        return result

    def tearDown(self):
        for client in self.clients:
            if client.poll() is None:
                client.kill()
            client.communicate()
        problems = self.end_daemon() + self.end_processes() + self.remove_memory() + self.sanitizer_reports()
        self.assertFalse(problems, "left by the test:\n" + "\n".join(problems))

    def end_daemon(self):
        pids = [pid for pid in (self.keeper_pid(), self.engine_pid()) if pid and alive(pid)]
        if not pids:
            return []
        for pid in pids:
            send_signal(pid, signal.SIGCONT)
        problem = None
        try:
            ended = self.pmc("daemon", "stop", check=False, timeout=20)
            if ended.returncode != 0:
                problem = f"daemon stop: {ended.returncode} {ended.stdout}{ended.stderr}"
            else:
                wait_until(lambda: not any(alive(pid) for pid in pids), 5, "keeper and engine end after daemon stop")
        except (AssertionError, subprocess.TimeoutExpired) as why:
            problem = str(why)
        if problem:
            self.kill_both()
        return [problem] if problem else []

    def kill_both(self):
        """Keeper and engine revive each other: stop both first, then kill both."""
        pids = self.daemon_processes()
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                send_signal(pid, number)
        wait_until(lambda: all(gone(pid) for pid in pids), 5, "keeper and engine are dead")
        return pids

    def end_processes(self):
        left = self.own_processes()
        problems = [f"process {pid}: {read_file(f'/proc/{pid}/cmdline')[:200]!r}" for pid in left]
        while left:
            for pid in left:
                send_signal(pid, signal.SIGKILL)
            wait_until(lambda: not any(alive(pid) for pid in left), 5, "left-over processes are dead")
            left = self.own_processes()
        return problems

    def remove_memory(self):
        identity = read_file(os.path.join(self.home, "id")).strip()
        if len(identity) < 8:
            return []
        left = glob.glob(f"/dev/shm/pmc-*-{identity[:8]}")
        for path in left:
            shutil.rmtree(path, ignore_errors=True)
        return [f"shared memory {path}" for path in left]

    def sanitizer_reports(self):
        reports = []
        for path in glob.glob(f"{self.dir}/sanitizer.*"):
            if os.path.basename(path).split(".")[1] in ("pmc", "pmcd", "pmc-keeper"):
                reports.append(f"{os.path.basename(path)}:\n{read_file(path)[:8000]}")
        return reports

    # ---- commands

    def pmc(self, *args, check=True, stdin=None, timeout=30, env=None, cwd=None):
        """Run pmc and return what it did; with `check` an exit status that is not 0 fails the test."""
        done = subprocess.run(
            [self.pmc_path, *map(str, args)], env={**self.env, **(env or {})}, cwd=cwd or self.work, input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            timeout=timeout * SLOW, check=False, text=True, errors="replace")
        if check and done.returncode != 0:
            self.fail(f"pmc {' '.join(map(str, args))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def pmc_fails(self, *args, **keywords):
        """Run pmc, which must exit with 1; returns all it said."""
        done = self.pmc(*args, check=False, **keywords)
        self.assertEqual(done.returncode, 1, f"pmc {args}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    @contextlib.contextmanager
    def cpu_below(self, seconds):
        """What is run and waited for in this block uses less CPU time, however busy the machine is."""
        def used():
            usage = resource.getrusage(resource.RUSAGE_CHILDREN)
            return usage.ru_utime + usage.ru_stime
        before = used()
        yield
        self.assertLess(used() - before, seconds * SLOW, "seconds of CPU time")

    def pmc_json(self, *args, **keywords):
        """What `pmc … --json` prints, parsed."""
        return json.loads(self.pmc(*args, "--json", **keywords).stdout)

    def client(self, *args, **keywords):
        """A pmc that goes on running (logs, events --follow); ended with the test."""
        process = subprocess.Popen(
            [self.pmc_path, *map(str, args)], env=self.env, cwd=self.work,
            **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **keywords})
        self.clients.append(process)
        return process

    def eco(self, apps, name="eco.yml"):
        """Write an ecosystem file: YAML text, or a list of apps (JSON is YAML too). Returns its path."""
        text = apps if isinstance(apps, str) else json.dumps({"apps": apps}, indent=1)
        return self.file(name, text)

    def file(self, name, text="", mode=0o644):
        path = os.path.join(self.work, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(path, mode)
        return path

    def touch(self, name):
        return self.file(name)

    def script(self, name, text):
        """An executable shell script."""
        return self.file(name, "#!/bin/sh\n" + text + "\n", 0o755)

    def start_victim(self, name, *args, options=(), **keywords):
        return self.pmc("start", program("VICTIM"), "--name", name, *options, "--", *args, **keywords)

    def start_counter(self, name, *args, options=(), **keywords):
        return self.pmc("start", program("COUNTER"), "--name", name, *options, "--", *args, **keywords)

    # ---- facts

    def instances(self, name=None):
        """Records of `pmc list --json`, of one app or all, by instance number."""
        found = [view for view in self.pmc_json("list") if name in (None, view["name"])]
        return sorted(found, key=lambda view: (view["name"], view["number"]))

    def instance(self, name):
        found = self.instances(name)
        self.assertEqual(len(found), 1, f"instances of {name}: {found}")
        return found[0]

    def described(self, name):
        """Records of `pmc describe --json` of one app."""
        return self.pmc_json("describe", name)

    def state(self, name):
        return self.instance(name)["state"]

    def pid_of(self, name):
        """The pid of the one instance; 0 when it has none."""
        return self.instance(name)["pid"] or 0

    def pids(self):
        """{(app, number): pid} of everything that runs."""
        return {(view["name"], view["number"]): view["pid"] for view in self.instances() if view["pid"]}

    def wait_state(self, name, state, deadline=DEADLINE):
        return wait_until(lambda: self.state(name) == state, deadline, lambda: f"{name} is {state}: {self.instance(name)}")

    def wait_gone(self, pid, deadline=DEADLINE):
        wait_until(lambda: not alive(pid), deadline, f"process {pid} ends")

    def wait_new_pid(self, name, old, deadline=DEADLINE):
        """The pid of the next life."""
        return wait_until(lambda: (self.pid_of(name) not in (0, old)) and self.pid_of(name), deadline,
                          f"{name} runs again")

    def events(self, name=None, app=None):
        """Stored events, oldest first."""
        args = ["events", "--limit", 10000] + (["--app", app] if app else [])
        found = [json.loads(line) for line in self.pmc(*args, "--json").stdout.splitlines()]
        return [event for event in found if name in (None, event["event"])]

    def wait_event(self, name, app=None, after=0, deadline=DEADLINE, **fields):
        """The first stored event of this name (with an id over `after`) whose members have these values."""
        def find():
            for event in self.events(name, app):
                if event["id"] > after and all(event.get(key) == value for key, value in fields.items()):
                    return event
            return None
        return wait_until(find, deadline, lambda: f"event {name} {app} {fields}; there are {self.events(app=app)}")

    def log(self, name, stream="out"):
        """Text of an app's default log file."""
        return read_file(os.path.join(self.home, "logs", f"{name}-{stream}.log"))

    def wait_log(self, name, text, stream="out", deadline=DEADLINE):
        return wait_until(lambda: text in self.log(name, stream), deadline,
                          lambda: f"{text!r} in the {stream} log of {name}: {self.log(name, stream)[-500:]!r}")

    def socket_path(self):
        return os.path.join(self.home, "run", "pmc.sock")

    def wire(self, hello=True):
        return Wire(self.socket_path(), hello)

    # ---- keeper and engine

    def engine_pid(self):
        return int(read_file(os.path.join(self.home, "pmcd.pid")) or 0)

    def keeper_pid(self):
        return int(read_file(os.path.join(self.home, "keeper.pid")) or 0)

    def own_processes(self):
        """Every live process that carries this home in its environment or works below the test's folder."""
        marker, found = f"PMC_HOME={self.home}", []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == os.getpid() or not alive(int(entry)):
                continue
            try:
                folder = os.readlink(f"/proc/{entry}/cwd")
            except OSError:
                folder = ""
            if folder.startswith(self.dir) or marker in read_file(f"/proc/{entry}/environ").split("\0"):
                found.append(int(entry))
        return found

    def daemon_processes(self):
        """Keeper and engine, whatever the pid files say."""
        return [pid for pid in self.own_processes() if comm_of(pid) in ("pmcd", "pmc-keeper")]

    def engine_now(self):
        """The engine that lives at this moment, ready or not; None between two."""
        for pid in children_of(self.keeper_pid()):
            if comm_of(pid) == "pmcd" and alive(pid):
                return pid
        return None

    def wait_engine(self, old=0, deadline=DEADLINE):
        """The pid of an engine that is ready and is not `old`."""
        return wait_until(lambda: self.engine_pid() not in (0, old) and alive(self.engine_pid()) and self.engine_pid(),
                          deadline, "a new engine is ready")

    def kill_engine(self, number=signal.SIGKILL):
        """Kill the engine; returns the pid of the next one, which is ready."""
        old = self.engine_pid()
        send_signal(old, number)
        return self.wait_engine(old)

    @contextlib.contextmanager
    def engine_stopped(self):
        """No engine lives in this block: the keeper is stopped, so that it cannot make one."""
        old, keeper = self.engine_pid(), self.keeper_pid()
        send_signal(keeper, signal.SIGSTOP)
        wait_until(lambda: (stat_fields(keeper) or "?")[0] == "T", what="the keeper is stopped")
        send_signal(old, signal.SIGKILL)
        self.wait_gone(old)
        try:
            yield
        finally:
            send_signal(keeper, signal.SIGCONT)
        self.wait_engine(old)

    # ---- what must not change

    @contextlib.contextmanager
    def keeps(self, *apps):
        """Processes of these apps (or all) are the same before and after: pid and start time."""
        def lives():
            return {key: (pid, start_time(pid)) for key, pid in self.pids().items() if not apps or key[0] in apps}
        before = lives()
        self.assertTrue(before, "nothing runs that could be kept")
        yield
        self.assertEqual(lives(), before, "processes changed")


def sweep(points):
    """The points of a long sweep: all with PMC_TEST_ALL, else the first, which is always reached, and a random tenth of
    the others, its seed printed."""
    points = list(points)
    if ALL:
        return points
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"sweep of {len(points)} thinned with seed {seed}", file=sys.stderr)
    return points[:1] + sorted(random.Random(seed).sample(points[1:], len(points) // 10))


def main():
    unittest.main(verbosity=2)
