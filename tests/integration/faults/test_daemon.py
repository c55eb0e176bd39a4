"""Daemon faults, D01 to D24: the engine, the keeper, or both die, hang, cannot start; apps do not notice."""

import concurrent.futures
import os
import pty
import random
import shutil
import signal
import stat
import subprocess
import threading

from counting import CountingTest
from pmctest import (ALL, PmcTest, SLOW, alive, comm_of, cpu_seconds, free_port, http_get, main, parent_of, program,
                     read_file, send_signal, stat_fields, sweep, wait_until)

SERVER = """
import http.server, sys
class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"ok")
    def log_message(self, *a): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Quiet).serve_forever()
"""


def atcall(test, *arguments):
    done = subprocess.run([program("ATCALL"), str(test.keeper_pid()), *map(str, arguments)], capture_output=True,
                          text=True, timeout=60 * SLOW, check=False)
    if done.returncode == 77:
        test.skipTest("no ptrace here: " + done.stderr)
    test.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class RequestLoop:
    """Asks a web app without a pause; every request that is not answered is counted."""

    def __init__(self, port):
        self.port, self.asked, self.failed = port, 0, 0
        self.end = threading.Event()
        self.thread = threading.Thread(target=self.ask, daemon=True)

    def ask(self):
        while not self.end.is_set():
            self.asked += 1
            self.failed += http_get(self.port) is None

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.end.set()
        self.thread.join()


class EngineDeath(CountingTest):
    sends_sigsegv = True

    def random_waits(self, low, high):
        """Let facts decide how long: so many lines of a counter are written before the next kill."""
        self.wait_counted("raw", random.randrange(low, high))

    def test_D01_many_kills_under_load_and_nothing_is_noticed(self):
        kills = 200 if ALL else 12
        port = free_port()
        self.pmc("start", self.file("server.py", SERVER), "--name", "web", "--", port)
        self.start_counting("raw")
        self.start_counting("stamped", options=["--time"])
        wait_until(lambda: http_get(port), what="the server answers")
        with self.keeps(), RequestLoop(port) as loop:
            for _ in range(kills):
                self.random_waits(40, 600)
                old = self.engine_pid()
                send_signal(wait_until(self.engine_now, what="an engine"), signal.SIGKILL)
                self.wait_engine(old)
        self.assertGreater(loop.asked, kills)
        self.assertEqual(loop.failed, 0)
        self.assertEqual(self.pmc_json("ping")["engine_restarts"], kills)
        self.pmc("stop", "raw", "stamped")
        self.assert_every_line_once("raw")
        self.assert_every_line_once("stamped", stamped=True)

    def test_D01_kills_that_do_not_wait_for_the_engine_to_be_ready(self):
        self.start_counting("raw")
        with self.keeps():
            for _ in range(100 if ALL else 8):
                engine = wait_until(self.engine_now, what="an engine")
                send_signal(engine, signal.SIGKILL)
                self.wait_gone(engine)
            # Many deaths before it was ready: the keeper waits five seconds before the next one.
            wait_until(lambda: self.pmc("ping", check=False).returncode == 0, 20, "the daemon answers")
        self.pmc("stop", "raw")
        self.assert_every_line_once("raw")

    def test_D04_a_crash_of_the_engine_is_survived_and_told(self):
        self.start_victim("v")
        with self.keeps():
            self.kill_engine(signal.SIGSEGV)
        self.assertEqual(self.pmc_json("ping")["engine_restarts"], 1)
        self.assertIn("11", self.wait_event("engine restarted")["detail"].replace("SIGSEGV", "11"))

    def ended(self, client):
        """For assertEqual: exit status, 0, and what it said."""
        out, err = client.communicate(timeout=20 * SLOW)
        return client.returncode, 0, (out + err).decode()

    def installed(self):
        """The three programs in a folder of their own, so that a test can spoil them."""
        folder = os.path.join(self.dir, "bin")
        os.makedirs(folder)
        for variable in ("PMC", "PMCD", "PMC_KEEPER"):
            shutil.copy(program(variable), folder)
        self.pmc_path = os.path.join(folder, "pmc")
        return folder

    def test_D05_an_engine_that_cannot_start_is_tried_with_pauses_and_leads_to_safe_mode(self):
        folder = self.installed()
        self.start_counting("raw", rate=200)
        keeper, before = self.keeper_pid(), self.pids()
        good = os.path.join(folder, "pmcd")
        os.rename(good, good + ".good")
        self.file(good, "#!/bin/sh\nexit 9\n", 0o755)
        send_signal(self.engine_pid(), signal.SIGKILL)
        pid = before["raw", 0]
        spent = cpu_seconds(keeper)
        self.wait_counted("raw", 600)
        self.assertLess(cpu_seconds(keeper) - spent, 0.2, "the keeper spins")
        self.assertTrue(alive(pid))
        os.replace(good + ".good", good)
        wait_until(lambda: self.pmc("ping", check=False, timeout=20).returncode == 0, 20, "the daemon is back")
        ping = self.pmc_json("ping")
        self.assertTrue(ping["safe"], "safe mode after five failures")
        self.assertEqual(self.pids(), before)
        self.pmc("daemon", "resume")
        self.assertFalse(self.pmc_json("ping")["safe"])
        self.pmc("stop", "raw")
        self.assert_every_line_once("raw")

    def test_D06_a_ready_engine_that_crashes_again_and_again_leads_to_safe_mode(self):
        self.start_victim("v")
        self.start_victim("w")
        with self.keeps():
            for _ in range(12):
                if self.pmc_json("ping")["safe"]:
                    break
                self.kill_engine(signal.SIGSEGV)
            self.assertTrue(self.pmc_json("ping")["safe"])
        send_signal(self.pid_of("v"), signal.SIGKILL)
        wait_until(lambda: self.pid_of("v") == 0, what="v is seen dead")
        self.pmc("logs", "--nostream")
        self.assertNotIn("stored", self.pmc("stop", "w").stderr)
        self.pmc_fails("restart", "w")
        self.pmc("daemon", "resume")
        self.assertFalse(self.pmc_json("ping")["safe"])
        self.wait_state("v", "online")
        self.kill_both()
        self.wait_state("v", "online")
        self.assertEqual(self.state("w"), "stopped", "safe mode stored the stop")

    def test_D07_an_engine_that_hangs_is_ended_by_the_watchdog(self):
        self.file(f"{self.home}/pmcd.ini", "watchdog = 400ms\n", 0o600)
        os.chmod(self.home, 0o700)
        self.start_counting("raw")
        self.start_counting("stamped", options=["--time"])
        self.wait_counted("stamped", 100)
        old = self.engine_pid()
        with self.keeps():
            atcall(self, "hang")
            self.wait_engine(old)
            self.wait_gone(old)
            detail = self.wait_event("engine restarted")["detail"]
            self.assertRegex(detail, "hung.*signal 6")
            self.assertEqual(self.pmc_json("ping")["engine_restarts"], 1)
        self.pmc("stop", "all")
        self.assert_every_line_once("raw")
        self.assert_every_line_once("stamped", stamped=True)

    def test_D08_a_stopped_engine_goes_on_and_what_was_due_happens_once(self):
        self.start_victim("v", "--ignore", "--say", "up", options=["--kill-timeout", "200"])
        self.wait_log("v", "up")
        engine, pid = self.engine_pid(), self.pid_of("v")
        stop = self.client("stop", "v")
        self.wait_event("stopping", app="v")
        send_signal(engine, signal.SIGSTOP)
        wait_until(lambda: stat_fields(engine)[0] == "T", what="the engine is stopped")
        self.assertTrue(alive(pid))
        # Nothing tells when a deadline has passed while nobody runs: another process measures it.
        subprocess.run([program("VICTIM"), "--after", "500", "--exit", "0"], check=True)
        send_signal(engine, signal.SIGCONT)
        self.wait_gone(pid)
        self.assertEqual(stop.wait(10 * SLOW), 0)
        self.assertEqual(self.engine_pid(), engine)
        self.assertEqual(len(self.events("killed", app="v")), 1)

    def test_D09_an_exit_while_no_engine_runs_is_told_truthfully(self):
        self.start_victim("code", "--wait-file", f"{self.work}/go", "--exit", "42", options=["--no-autorestart"])
        self.start_victim("again", "--wait-file", f"{self.work}/go", "--exit", "42", options=["--min-uptime", "0"])
        self.start_victim("signal", options=["--no-autorestart"])
        pids = {name: self.pid_of(name) for name in ("code", "again", "signal")}
        with self.engine_stopped():
            self.touch("go")
            send_signal(pids["signal"], signal.SIGTERM)
            for pid in pids.values():
                self.wait_gone(pid)
            os.remove(f"{self.work}/go")
        for name, pair in {"code": (42, None), "again": (42, None), "signal": (None, 15)}.items():
            event = self.wait_event("exit", app=name, pid=pids[name])
            self.assertEqual((event["code"], event["signal"]), pair)
        restarted = self.wait_event("engine restarted")
        self.assertLess(self.events("exit", app="code")[0]["time_us"], restarted["time_us"], "the time of the fact itself")
        self.wait_new_pid("again", pids["again"])
        self.assertEqual((self.state("code"), self.state("signal")), ("stopped", "stopped"))

    def test_D10_a_stop_goes_on_to_its_first_deadline_wherever_the_engine_dies(self):
        for kill_after in ("starting to stop", "signal sent"):
            with self.subTest(kill_after):
                counts = f"{self.work}/signals"
                self.start_victim("v", "--count-signals", counts, "--say", "up", options=["--kill-timeout", "700"])
                wait_until(lambda: "up" in self.log("v"), what="up")
                pid = self.pid_of("v")
                stop = self.client("stop", "v")
                if kill_after == "signal sent":
                    wait_until(lambda: read_file(counts, "rb"), what="the signal arrived")
                old = self.engine_pid()
                send_signal(old, signal.SIGKILL)
                self.wait_engine(old)
                self.wait_gone(pid)
                self.assertEqual(*self.ended(stop))
                self.assertGreaterEqual(len(read_file(counts, "rb")), 1)
                self.assertEqual(self.state("v"), "stopped")
                self.assertEqual(self.events("exit", app="v")[-1]["signal"], 9)
                self.pmc("delete", "v")
                os.remove(counts)

    def test_D10_the_engine_dies_at_a_call_of_the_stop(self):
        counts, reached = f"{self.work}/signals", 0
        self.start_victim("v", "--count-signals", counts, "--say", "up", options=["--kill-timeout", "300"])
        for call in sweep(range(2, 330, 8)):
            with self.subTest(call=call):
                self.pmc("start", "v")
                wait_until(lambda: os.path.exists(counts), what="it counts signals")
                pid = self.pid_of("v")
                killer = self.attach("now", call)
                stop = self.client("stop", "v")
                self.assertEqual(*self.ended(stop))
                reached += self.ended_there(killer)
                self.assertFalse(alive(pid))
                self.assertGreaterEqual(len(read_file(counts, "rb")), 1, "no stop signal")
                self.assertEqual(self.state("v"), "stopped")
                ends = self.events("exit", app="v")
                self.assertEqual([(end["pid"], end["signal"]) for end in ends][-1], (pid, 9))
                os.remove(counts)
        self.assertEqual(len({end["pid"] for end in ends}), len(ends), "a life ended twice")
        self.assertTrue(reached, "no point was reached: the sweep proves nothing")

    def test_D11_the_engine_dies_at_a_call_of_a_scale_or_a_delete(self):
        file, reached = self.eco([{"name": "a", "script": program("VICTIM"), "interpreter": "none"}]), 0
        for call in sweep(range(2, 330, 8)):
            with self.subTest(call=call):
                self.pmc("start", file)
                for words, left in ((("scale", "a", "+2"), 3), (("scale", "a", "2"), 2), (("delete", "a"), 0)):
                    killer = self.attach("now", call)
                    self.assertEqual(*self.ended(self.client(*words)))
                    reached += self.ended_there(killer)
                    wait_until(lambda left=left: [view["state"] for view in self.instances("a")] == ["online"] * left,
                               what=lambda left=left: f"{left} run: {self.instances('a')}")
                self.assertEqual([pid for pid in self.own_processes() if comm_of(pid) == "victim"], [])
        self.assertTrue(reached, "no point was reached: the sweep proves nothing")

    def attach(self, *arguments):
        """Start atcall; it counts when this returns."""
        process = subprocess.Popen([program("ATCALL"), str(self.keeper_pid()), *map(str, arguments)],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.clients.append(process)
        if process.stdout.readline() != "attached\n":
            said = process.communicate()[1]
            if process.returncode == 77:
                self.skipTest("no ptrace here: " + said)
            self.fail(said)
        return process

    def ended_there(self, process):
        """Has it done its work? If not, it lets go."""
        if process.poll() is None:
            process.terminate()
        process.communicate()
        return process.returncode == 0

    def test_D11_kills_during_start_and_scale_reach_the_intent_and_double_nobody(self):
        file = self.eco([{"name": "a", "script": program("VICTIM"), "interpreter": "none", "instances": 6}])
        for round_number in range(10 if ALL else 3):
            with self.subTest(round=round_number):
                start = self.client("start", file)
                for _ in range(3):
                    engine = self.engine_now() if self.keeper_pid() else None
                    if engine:
                        send_signal(engine, signal.SIGKILL)
                        self.wait_gone(engine)
                said = start.communicate(timeout=30 * SLOW)
                self.assertEqual(start.returncode, 0, said)
                wait_until(lambda: [view["state"] for view in self.instances("a")] == ["online"] * 6, 10, "six run")
                scale = self.client("scale", "a", "3")
                send_signal(wait_until(self.engine_now, what="an engine"), signal.SIGKILL)
                said = scale.communicate(timeout=30 * SLOW)
                self.assertEqual(scale.returncode, 0, said)
                wait_until(lambda: len(self.instances("a")) == 3, 10, "three are left")
                running = [pid for pid in self.own_processes() if comm_of(pid) == "victim"]
                self.assertEqual(sorted(running), sorted(view["pid"] for view in self.instances("a")))
                self.pmc("delete", "a")


class HistoryOfKilledEngines(PmcTest):
    """What happened just before an engine was killed is told by the next one: history is written in batches."""

    def test_D01_start_stop_and_exit_of_every_life_are_in_history_once(self):
        self.start_victim("v")
        for number in range(12):
            if number % 3 == 2:
                old = self.pid_of("v")
                send_signal(old, signal.SIGKILL)
                self.wait_new_pid("v", old)
            else:
                self.pmc("restart", "v")
            self.kill_engine()
        last = self.pid_of("v")
        self.pmc("stop", "v")
        self.kill_engine()
        wait_until(lambda: self.events("stopped", app="v"), what="the end of the last life is told")
        events = self.events(app="v")
        lives = sorted({event["pid"] for event in events if event["event"] == "starting"})
        self.assertEqual(len(lives), 13)
        for name in ("starting", "online", "exit"):
            told = [event["pid"] for event in events if event["event"] == name]
            self.assertEqual(sorted(told), lives, name)
        exits = [event for event in events if event["event"] == "exit"]
        self.assertEqual([event["cause"] for event in exits],
                         ["crash" if number % 3 == 2 else "operator" for number in range(12)] + ["operator"])
        self.assertEqual(exits[-1]["pid"], last)
        self.assertEqual(len([event for event in events if event["event"] == "stopping"]), 9)
        self.assertEqual(len(self.events("engine restarted")), 13)


class KeeperDeath(CountingTest):
    def test_D12_the_keeper_dies_alone_and_everything_is_adopted(self):
        self.start_counting("raw")
        self.start_victim("later", "--wait-file", f"{self.work}/go", "--exit", "43", options=["--no-autorestart"])
        self.start_victim("web")
        keeper, engine, before = self.keeper_pid(), self.engine_pid(), self.pids()
        send_signal(keeper, signal.SIGKILL)
        self.wait_engine(engine)
        wait_until(lambda: self.keeper_pid() not in (0, keeper) and alive(self.keeper_pid()), what="a new keeper")
        self.assertEqual(self.keeper_pid(), engine, "the engine became the keeper")
        self.assertEqual(self.pids(), before)
        self.assertEqual(self.pmc_json("ping")["orphans"], 3)
        self.assertIn("orphan", self.pmc("ping").stdout + self.pmc("describe", "web").stdout)
        self.wait_event("keeper replaced")

        self.touch("go")
        self.wait_gone(before["later", 0])
        event = self.wait_event("exit", app="later")
        self.assertIn((event["code"], event["signal"]), [(43, None), (None, None)], "true or unknown, never wrong")

        send_signal(before["web", 0], signal.SIGKILL)
        new = self.wait_new_pid("web", before["web", 0])
        self.assertEqual(parent_of(new), self.keeper_pid())
        self.assertFalse(self.instance("web")["orphan"])
        self.pmc("stop", "raw")
        self.assert_every_line_once("raw")

    def test_D12_both_die_one_after_the_other_again_and_again(self):
        self.start_counting("raw")
        with self.keeps():
            for _ in range(10 if ALL else 3):
                keeper, engine = self.keeper_pid(), self.engine_pid()
                send_signal(keeper, signal.SIGKILL)
                self.wait_engine(engine)
                self.kill_engine()
        self.pmc("stop", "raw")
        self.assert_every_line_once("raw")

    def test_D13_both_die_at_once_and_the_next_start_adopts(self):
        port = free_port()
        self.pmc("start", self.file("server.py", SERVER), "--name", "web", "--", port)
        self.start_counting("raw")
        wait_until(lambda: http_get(port), what="the server answers")
        before = self.pids()
        self.kill_both()
        self.assertEqual(http_get(port)[0], 200)
        self.wait_counted("raw", 200)
        self.assertEqual(self.pids(), before)
        self.assertEqual(self.pmc_json("ping")["orphans"], 2)
        self.assertEqual(len(self.daemon_processes()), 2)
        self.pmc("stop", "all")
        self.assert_every_line_once("raw")
        self.pmc("start", "raw")
        self.assertNotEqual(self.pid_of("raw"), before["raw", 0])

    def test_D13_some_time_apart_while_the_engine_becomes_the_keeper(self):
        self.start_victim("v", "--children", "1")
        before = self.pids()
        for _ in range(20 if ALL else 5):
            processes = self.daemon_processes()
            send_signal(self.keeper_pid(), signal.SIGKILL)
            for pid in set(self.daemon_processes() + processes):
                if random.random() < 0.5:
                    send_signal(pid, signal.SIGKILL)
            wait_until(lambda: self.pmc("ping", check=False).returncode == 0, 15, "the daemon answers")
            wait_until(lambda: len(self.daemon_processes()) == 2, 10, lambda: f"one keeper, one engine: "
                       f"{[(pid, comm_of(pid)) for pid in self.daemon_processes()]}")
            self.assertEqual(self.pids(), before)
        running = [pid for pid in self.own_processes() if comm_of(pid) == "victim"]
        self.assertEqual(len(running), 2)

    def test_D14_without_the_shared_memory_strays_are_found_and_not_doubled(self):
        self.start_victim("v")
        old = self.pid_of("v")
        memory = self.memory_folder()
        self.kill_both()
        shutil.rmtree(memory)
        self.wait_state("v", "online", 20)
        new = self.pid_of("v")
        running = [pid for pid in self.own_processes() if comm_of(pid) == "victim"]
        self.assertEqual(running, [new])
        if new != old:
            self.assertFalse(alive(old))

    def memory_folder(self):
        return read_file(f"{self.home}/run/where").strip()

    def test_D17_an_upgrade_of_the_engine(self):
        self.skipTest("there is no `pmc daemon upgrade` yet")

    def test_D18_an_upgrade_of_the_keeper(self):
        self.skipTest("there is no `pmc daemon upgrade` yet")

    def test_D19_a_table_of_another_boot_is_not_believed(self):
        self.start_victim("v")
        old, memory = self.pid_of("v"), self.memory_folder()
        self.kill_both()
        table = f"{memory}/keeper.table"
        data = bytearray(read_file(table, "rb"))
        boot = read_file("/proc/sys/kernel/random/boot_id").strip().encode()
        at = data.index(boot)
        with open(table, "r+b") as file:
            file.seek(at)
            file.write(b"00000000-0000-0000-0000-000000000000")
        bystander = subprocess.Popen(["sleep", "1000"])
        try:
            self.wait_state("v", "online", 20)
            running = [pid for pid in self.own_processes() if comm_of(pid) == "victim"]
            self.assertEqual(running, [self.pid_of("v")])
            self.assertIsNone(bystander.poll())
        finally:
            bystander.kill()
            bystander.wait()
        self.assertTrue(self.pid_of("v") == old or not alive(old))

    def test_D20_a_spoilt_engine_state_costs_counters_only(self):
        for name, spoil in {"truncated": lambda data: data[:100], "zeroed": lambda data: bytes(len(data)),
                            "random": lambda data: random.Random(20).randbytes(len(data))}.items():
            with self.subTest(name):
                self.start_victim("v")
                before, path = self.pids(), f"{self.memory_folder()}/engine.state"
                self.kill_both()
                data = read_file(path, "rb")
                with open(path, "wb") as file:
                    file.write(spoil(data))
                self.assertEqual(self.pids(), before)
                self.pmc("restart", "v")
                self.pmc("delete", "v")


class OrderlyEnds(PmcTest):
    def test_D15_a_signal_to_either_ends_all_and_keeps_the_intent(self):
        for who, number in ((self.engine_pid, signal.SIGTERM), (self.keeper_pid, signal.SIGTERM),
                            (self.engine_pid, signal.SIGINT)):
            with self.subTest(who=who.__name__, signal=number):
                if not self.instances():
                    for name in ("a", "b", "off"):
                        self.start_victim(name, "--ignore", "--say", "up", options=["--kill-timeout", "500"])
                        self.wait_log(name, "up")
                    self.pmc("stop", "off")
                processes = self.daemon_processes() + list(self.pids().values())
                send_signal(who(), number)
                send_signal(who(), number)
                for pid in processes:
                    self.wait_gone(pid)
                self.assertEqual({view["name"]: view["state"] for view in self.wait_list(3)},
                                 {"a": "online", "b": "online", "off": "stopped"})
        self.assertTrue([event for event in self.events("exit", app="a") if event["cause"] == "daemon"])

    def wait_list(self, count):
        """The list of a daemon that has just been started by this very command, when its apps run again."""
        return wait_until(lambda: [v for v in self.instances() if v["state"] in ("online", "stopped")][:count]
                          if len([v for v in self.instances() if v["state"] in ("online", "stopped")]) == count else None,
                          what="apps run again")

    def test_D15_an_engine_killed_while_it_stops_everything_goes_on_stopping(self):
        self.start_victim("a", "--ignore", "--say", "up", options=["--kill-timeout", "1s"])
        self.wait_log("a", "up")
        keeper, app = self.keeper_pid(), self.pid_of("a")
        send_signal(keeper, signal.SIGTERM)
        self.wait_event("engine stopping")
        engine = self.engine_now()
        if engine:
            send_signal(engine, signal.SIGKILL)
        self.wait_gone(keeper)
        self.wait_gone(app)
        self.wait_state("a", "online")

    def test_D16_hangup_reopens_logs_and_nothing_ends(self):
        self.start_victim("v")
        path = f"{self.home}/logs/v-out.log"
        pids = self.daemon_processes()
        self.pmc("flush")
        with self.keeps():
            for pid in pids:
                send_signal(pid, signal.SIGHUP)
            self.wait_event("settings read")
        self.assertEqual(sorted(self.daemon_processes()), sorted(pids))
        self.assertTrue(stat.S_ISREG(os.stat(path).st_mode))

    def test_D16_the_terminal_closes_after_start(self):
        controller, terminal = pty.openpty()
        started = subprocess.run([self.pmc_path, "start", program("VICTIM"), "--name", "v"], env=self.env, cwd=self.work,
                                 stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
                                 timeout=20 * SLOW, check=False)
        os.close(terminal)
        os.close(controller)
        self.assertEqual(started.returncode, 0)
        with self.keeps():
            self.pmc("ping")

    def test_D21_fifty_first_commands_start_one_daemon(self):
        for prepare in ("a fresh home", "stale socket and lock"):
            with self.subTest(prepare):
                if prepare != "a fresh home":
                    self.kill_both()
                with concurrent.futures.ThreadPoolExecutor(50) as pool:
                    answers = list(pool.map(lambda _: self.pmc("ping", check=False, timeout=60), range(50)))
                self.assertEqual([answer.returncode for answer in answers], [0] * 50,
                                 {answer.stderr for answer in answers})
                self.assertEqual(sorted(comm_of(pid) for pid in self.daemon_processes()), ["pmc-keeper", "pmcd"])

    def test_D22_a_deleted_socket_is_bound_again(self):
        self.pmc("ping")
        engine = self.engine_pid()
        os.remove(self.socket_path())
        wait_until(lambda: os.path.exists(self.socket_path()), 4, "the socket is back")
        self.pmc("ping")
        self.assertEqual(self.engine_pid(), engine)

    def test_D23_the_daemon_keeps_nothing_of_its_caller(self):
        done = subprocess.run(["sh", "-c", f"'{self.pmc_path}' ping | cat"], env=self.env, cwd=self.work,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=15 * SLOW, check=True)
        self.assertIn(b"pong", done.stdout)
        for pid in self.daemon_processes():
            self.assertEqual(os.readlink(f"/proc/{pid}/cwd"), "/")
            self.assertEqual(os.readlink(f"/proc/{pid}/fd/0"), "/dev/null")
            targets = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in (1, 2)]
            self.assertEqual(targets, [f"{self.home}/pmc.log"] * 2)
            self.assertEqual(stat_fields(pid)[4], "0", "a terminal")

    def test_D24_a_second_daemon_refuses_and_names_the_first(self):
        self.pmc("ping")
        pids = sorted(self.daemon_processes())
        second = subprocess.run([program("PMCD")], env=self.env, stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, timeout=15 * SLOW, check=False)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn(str(self.keeper_pid()), second.stderr + second.stdout)
        self.assertEqual(sorted(self.daemon_processes()), pids)


if __name__ == "__main__":
    main()
