"""Client faults, C01 to C10 (C05 also: tests/protocol): broken, greedy, silent, dying and foreign clients harm nobody else."""

import json
import os
import pwd
import resource
import shutil
import signal
import socket
import stat
import subprocess
import threading

from pmctest import PmcTest, SLOW, cpu_seconds, is_root, main, program, read_file, send_signal, wait_until


class ClientFaults(PmcTest):
    def setUp(self):
        super().setUp()
        self.start_victim("v")
        self.pid = self.pid_of("v")

    def assert_unharmed(self):
        self.assertEqual(self.pid_of("v"), self.pid)

    def test_C01_rubbish_is_answered_or_the_connection_ends(self):
        cases = {
            "no JSON": b"hello there\n",
            "an array": b"[1,2,3]\n",
            "NUL": b'{"id":1,"method":"daemon.ping\x00"}\n',
            "invalid UTF-8": b'{"id":1,"method":"\xff\xfe"}\n',
            "deep": b'{"id":1,"method":"daemon.ping","params":' + b'{"a":' * 5000 + b"1" + b"}" * 5001 + b"\n",
            "duplicate key": b'{"id":1,"id":2,"method":"daemon.ping"}\n',
            "unknown method": b'{"id":1,"method":"daemon.dance"}\n',
            "unknown parameter": b'{"id":1,"method":"daemon.ping","params":{"loud":true}}\n',
            "missing parameter": b'{"id":1,"method":"app.stop"}\n',
            "wrong type": b'{"id":1,"method":"app.stop","params":{"targets":{"name":"v"}}}\n',
            "number for a target": b'{"id":1,"method":"app.stop","params":{"targets":[7]}}\n',
            "id of another type": b'{"id":{},"method":"daemon.ping"}\n',
        }
        for name, line in cases.items():
            with self.subTest(name), self.wire() as wire:
                wire.send_bytes(line)
                answer = wire.receive()
                if answer is not None:
                    self.assertIn("error", answer)
                    self.assertTrue(answer["error"]["message"])
                self.assert_unharmed()

    def test_C01_a_line_of_two_mebibytes_is_refused(self):
        for end in (b"\n", b""):
            with self.subTest(end=end), self.wire() as wire:
                try:
                    wire.send_bytes(b'{"id":1,"method":"' + b"x" * (2 << 20) + b'"}' + end)
                    answer = wire.receive()
                except (BrokenPipeError, ConnectionResetError):
                    answer = None
                self.assertTrue(answer is None or "error" in answer, answer)
                self.assert_unharmed()

    def test_C01_half_a_line_and_silence_end_at_the_idle_limit(self):
        silent, half, ready = self.wire(hello=False), self.wire(hello=False), self.wire()
        half.send_bytes(b'{"hello":{"proto')
        for wire in (silent, half):
            wire.socket.settimeout(15 * SLOW)
            answer = wire.receive()
            self.assertTrue(answer is None or "error" in answer, answer)
        self.assertIn("result", ready.call("daemon.ping"), "a client that said hello may be silent")
        for wire in (silent, half, ready):
            wire.close()
        self.assert_unharmed()

    def test_C01_a_client_of_another_major_version_is_told(self):
        with self.wire(hello=False) as wire:
            wire.send({"hello": {"protocol": [99, 0], "version": "99.0"}})
            answers = [wire.receive()]
            while answers[-1] is not None and "error" not in answers[-1]:
                answers.append(wire.receive())
            self.assertIn("99", json.dumps(answers))

    def test_C02_too_many_connections_are_refused_with_a_reply_and_without_a_spin(self):
        engine = self.engine_pid()
        wires, refused = [], 0
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        try:
            for _ in range(1000):
                # A connect that may not block says EAGAIN while the backlog is full.
                wire = wait_until(self.connected, what="a connection")
                wires.append(wire)
                try:
                    wire.send({"hello": {"protocol": [1, 0], "version": "test"}})
                except (BrokenPipeError, ConnectionResetError):
                    pass
            for wire in wires:
                answer = wire.receive()
                refused += answer is None or "error" in answer
            self.assertGreaterEqual(refused, 700)
            self.assertLess(refused, 1000)
            spent = cpu_seconds(engine)
            good = next(wire for wire in wires[:5])
            for _ in range(100):
                self.assertIn("result", good.call("daemon.ping"))
            self.assertLess(cpu_seconds(engine) - spent, 1 * SLOW)
        finally:
            for wire in wires:
                wire.close()
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        wait_until(lambda: self.pmc("ping", check=False).returncode == 0, what="there is room again")
        self.assert_unharmed()

    def connected(self):
        try:
            return self.wire(hello=False)
        except BlockingIOError:
            return None

    def test_C02_idle_clients_make_room_for_one_who_wants_something(self):
        with open(f"{self.home}/pmcd.ini", "w", encoding="utf-8") as file:
            file.write("clients_max = 8\n")
        self.pmc("daemon", "stop")
        self.pmc("ping")
        descriptors = f"/proc/{self.engine_pid()}/fd"
        with self.wire():
            one = len(os.listdir(descriptors))
        wires = [self.wire() for _ in range(8)]
        wait_until(lambda: self.pmc("ping", check=False).returncode == 0, what="room for a client")
        for wire in wires:
            wire.close()
        wait_until(lambda: len(os.listdir(descriptors)) <= one, what="the clients are gone")

    def test_C02_connect_and_close_storm(self):
        for _ in range(2000):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(self.socket_path())
        self.assert_unharmed()
        self.assertLess(len(os.listdir(f"/proc/{self.engine_pid()}/fd")), 100)

    def test_C03_a_client_that_hangs_in_a_reply_holds_up_nobody(self):
        hung = self.wire()
        for number in range(200):
            hung.send({"id": number, "method": "app.describe", "params": {"targets": ["all"]}})
        for _ in range(20):
            self.pmc("ping")
        self.assert_unharmed()
        hung.close()

    def test_C04_a_client_killed_after_its_request_is_obeyed_once(self):
        for number in range(5):
            with self.wire() as wire:
                wire.number += 1
                wire.send({"id": 1, "method": "app.restart", "params": {"targets": ["v"], "request": f"death-{number}"}})
            wait_until(lambda number=number: self.instance("v")["restarts"] == number + 1, what="it was restarted")
        self.wait_state("v", "online")
        self.assertEqual(self.instance("v")["restarts"], 5)

    def test_C04_a_repeated_request_is_answered_and_not_done_again(self):
        with self.wire() as wire:
            first = wire.call("app.restart", targets=["v"], request="the-same")
            self.assertIn("result", first)
            second = wire.call("app.restart", targets=["v"], request="the-same")
            self.assertIn("result", second)
        self.assertEqual(self.instance("v")["restarts"], 1)

    def test_C04_the_engine_dies_before_it_answers(self):
        for number in range(5):
            before = self.instance("v")["restarts"]
            restart = self.client("restart", "v")
            engine = self.engine_now()
            if engine:
                send_signal(engine, signal.SIGKILL)
                self.wait_gone(engine)
            out, err = restart.communicate(timeout=20 * SLOW)
            self.assertEqual(restart.returncode, 0, out + err)
            self.wait_state("v", "online")
            self.assertIn(self.instance("v")["restarts"] - before, (0, 1), f"round {number}")


class OtherVersions(PmcTest):
    """C05: a client of another version than the daemon."""

    def old_daemon(self, greeting):
        """Answers one client as a daemon of another version would."""
        os.makedirs(f"{self.home}/run", mode=0o700, exist_ok=True)
        os.chmod(self.home, 0o700)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self.socket_path())
        listener.listen()

        def serve():
            client, _ = listener.accept()
            with client, client.makefile("rwb") as file:
                file.readline()
                file.write(json.dumps(greeting).encode() + b"\n")
                file.flush()
                while request := file.readline():
                    answer = {"id": json.loads(request)["id"],
                              "error": {"code": "unknown-method", "message": "there is no method of this name"}}
                    file.write(json.dumps(answer).encode() + b"\n")
                    file.flush()
        server = threading.Thread(target=serve)
        server.start()
        self.addCleanup(lambda: (server.join(10), listener.close(), os.remove(self.socket_path())))

    def test_C05_a_daemon_of_another_major_version_is_named_with_both_versions(self):
        self.old_daemon({"hello": {"protocol": [2, 0], "version": "9.9.9"}})
        said = self.pmc_fails("list")
        self.assertIn("9.9.9", said)
        self.assertIn(self.pmc("--version").stdout.split()[-1], said)

    def test_C05_a_daemon_without_a_method_is_an_error_and_no_crash(self):
        self.old_daemon({"hello": {"protocol": [1, 0], "version": "0.0.1", "engine_pid": 1}})
        self.assertIn("no method", self.pmc_fails("list"))

    def test_C05_a_newer_minor_with_more_fields_is_served(self):
        self.pmc("ping")
        with self.wire(hello=False) as wire:
            wire.send({"hello": {"protocol": [1, 99], "version": "1.99", "colour": "green"}, "more": 1})
            self.assertEqual(wire.receive()["hello"]["protocol"][0], 1)
            self.assertIn("result", wire.call("app.list"))
            self.assertEqual(wire.call("app.fly")["error"]["code"], "unknown-method")
            self.assertIn("wings", wire.call("app.list", wings=2)["error"]["message"])
            self.assertIn("result", wire.call("daemon.ping"))


class SocketPath(PmcTest):
    """C08: what is in the way of the socket."""

    def prepare(self):
        os.makedirs(f"{self.home}/run", mode=0o700)
        os.chmod(self.home, 0o700)

    def test_C08_a_link_in_its_place_is_refused_and_stays(self):
        self.prepare()
        self.file(f"{self.dir}/victim", "text")
        os.symlink(f"{self.dir}/victim", self.socket_path())
        self.assertIn("pmc.sock", self.pmc_fails("ping"))
        self.assertEqual(os.readlink(self.socket_path()), f"{self.dir}/victim")
        self.assertEqual(read_file(f"{self.dir}/victim"), "text")
        wait_until(lambda: not self.daemon_processes(), what="no daemon is left")

    def test_C08_a_file_in_its_place_is_refused_and_stays(self):
        self.prepare()
        self.file(self.socket_path(), "text")
        self.assertIn("pmc.sock", self.pmc_fails("ping"))
        self.assertEqual(read_file(self.socket_path()), "text")
        wait_until(lambda: not self.daemon_processes(), what="no daemon is left")

    def test_C08_a_path_that_no_socket_address_holds_works(self):
        self.home = self.env["PMC_HOME"] = f"{self.dir}/{'long' * 30}/home"
        os.makedirs(os.path.dirname(self.home))
        self.start_victim("v")
        with self.keeps("v"):
            self.kill_engine()
            self.pmc("list")


class Strangers(PmcTest):
    def setUp(self):
        super().setUp()
        if not is_root():
            self.skipTest("needs root to be somebody else")
        self.nobody = pwd.getpwnam("nobody")

    def as_nobody(self, *command, **keywords):
        return subprocess.run(command, user=self.nobody.pw_uid, group=self.nobody.pw_gid, extra_groups=[], cwd="/",
                              capture_output=True, text=True, timeout=30 * SLOW, check=False, **keywords)

    def test_C06_another_user_is_refused_even_when_the_socket_is_open_to_all(self):
        self.start_victim("v")
        pid = self.pid_of("v")
        for path, mode in ((self.dir, 0o755), (self.home, 0o711), (f"{self.home}/run", 0o711), (self.socket_path(), 0o777)):
            os.chmod(path, mode)
        code = ("import socket, sys, json\n"
                f"s = socket.socket(socket.AF_UNIX); s.settimeout(10); s.connect({self.socket_path()!r})\n"
                "try:\n"
                "    s.sendall(b'{\"hello\":{\"protocol\":[1,0],\"version\":\"x\"}}\\n')\n"
                "    s.sendall(b'{\"id\":1,\"method\":\"app.delete\",\"params\":{\"targets\":[\"all\"]}}\\n')\n"
                "    f = s.makefile('rb'); print(f.read().decode())\n"
                "except OSError as why: print(why)\n")
        done = self.as_nobody("python3", "-c", code)
        self.assertNotIn('"result"', done.stdout)
        os.chmod(f"{self.home}/run", 0o700)
        os.chmod(self.home, 0o700)
        os.chmod(self.socket_path(), 0o600)
        self.assertEqual(self.pid_of("v"), pid)
        self.assertIn(str(self.nobody.pw_uid), read_file(f"{self.home}/pmc.log"))

    def refused(self, *words):
        said = self.pmc_fails("ping", timeout=20)
        for word in words:
            self.assertIn(word, said)
        self.assertEqual(self.daemon_processes(), [])

    def test_C07_a_home_that_others_may_write_is_refused_with_the_command_that_mends_it(self):
        for mode in (0o770, 0o777, 0o702):
            with self.subTest(oct(mode)):
                os.makedirs(self.home, exist_ok=True)
                os.chmod(self.home, mode)
                self.refused("chmod", self.home)
        os.chmod(self.home, 0o700)
        self.pmc("ping")

    def test_C07_a_home_of_somebody_else_is_refused(self):
        os.mkdir(self.home, 0o700)
        os.chown(self.home, self.nobody.pw_uid, self.nobody.pw_gid)
        self.refused(self.home)
        self.assertEqual(os.listdir(self.home), [], "something of ours was left in it")

    def test_C09_root_on_the_home_of_a_user_whose_daemon_runs_leaves_nothing_of_root_in_it(self):
        for path, owner in ((self.dir, None), (self.work, self.nobody)):
            os.chmod(path, 0o755)
            if owner:
                os.chown(path, owner.pw_uid, owner.pw_gid)
        os.mkdir(self.home, 0o700)
        os.chown(self.home, self.nobody.pw_uid, self.nobody.pw_gid)
        env = dict(self.env, HOME=self.work)
        self.pmc_path = self.pmc_for_everybody()
        self.addCleanup(lambda: self.as_nobody(self.pmc_path, "kill", env=env))
        done = self.as_nobody(self.pmc_path, "start", "/bin/sleep", "--name", "theirs", "--", "1000", env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        daemons = self.daemon_processes()
        said = self.pmc("list", check=False)
        if said.returncode == 0:
            self.assertIn("theirs", said.stdout)
            self.pmc("start", "/bin/sleep", "--name", "ours", "--", "1000", check=False)
        else:
            self.assertIn(str(self.nobody.pw_name), said.stderr)
        self.assertEqual(self.daemon_processes(), daemons, "no daemon of root beside it")
        for folder, folders, names in os.walk(self.home):
            for name in folders + names:
                self.assertEqual(os.lstat(os.path.join(folder, name)).st_uid, self.nobody.pw_uid, f"{folder}/{name}")

    def test_C09_root_is_told_what_to_do_on_the_home_of_somebody_else(self):
        os.mkdir(self.home, 0o700)
        os.chown(self.home, self.nobody.pw_uid, self.nobody.pw_gid)
        said = self.pmc_fails("start", "/bin/sleep", "--", "1000")
        self.assertIn(self.nobody.pw_name, said)
        self.assertIn("sudo -u", said)
        self.assertEqual(os.listdir(self.home), [])

    def plant(self, name, target):
        """A link in a folder that others may write, made by another user."""
        folder = f"{self.dir}/open"
        os.chmod(self.dir, 0o755)
        os.mkdir(folder)
        os.chmod(folder, 0o777)
        done = self.as_nobody("ln", "-s", target, f"{folder}/{name}")
        self.assertEqual(done.returncode, 0, done.stderr)
        return f"{folder}/{name}"

    def test_C10_a_log_path_through_a_link_of_another_user_is_not_followed_by_root(self):
        target = self.file(f"{self.dir}/precious", "precious")
        log = self.plant("app.log", target)
        self.pmc("start", self.eco([{"name": "v", "script": program("VICTIM"), "interpreter": "none",
                                     "args": ["--say", "overwritten"], "out_file": log}]))
        stalled = self.wait_event("log stalled", app="v")
        self.assertIn(log, stalled["detail"])
        self.assertEqual(read_file(target), "precious")
        self.pmc("flush", "v", check=False)
        self.assertEqual(read_file(target), "precious")

    def test_C10_a_pid_path_through_a_link_of_another_user_is_not_followed_by_root(self):
        target = self.file(f"{self.dir}/precious", "precious")
        pid_file = self.plant("app.pid", target)
        self.pmc("start", self.eco([{"name": "v", "script": program("VICTIM"), "interpreter": "none",
                                     "pid_file": pid_file}]), check=False)
        self.assertEqual(read_file(target), "precious")
        self.pmc("stop", "v")
        self.assertEqual(read_file(target), "precious")

    def test_C07_run_that_is_a_link_is_not_followed(self):
        os.mkdir(self.home, 0o700)
        os.mkdir(f"{self.dir}/elsewhere", 0o700)
        os.symlink(f"{self.dir}/elsewhere", f"{self.home}/run")
        self.refused("run")
        self.assertEqual(os.listdir(f"{self.dir}/elsewhere"), [])

    def test_C07_a_home_that_is_no_folder_is_refused(self):
        self.file(self.home, "text")
        self.refused(self.home)
        self.assertEqual(read_file(self.home), "text")

    def test_C07_a_squatter_on_the_shared_memory_is_avoided(self):
        self.pmc("ping")
        identity = read_file(f"{self.home}/id").strip()[:8]
        self.pmc("daemon", "stop")
        squatted = f"/dev/shm/pmc-{os.geteuid()}-{identity}"
        shutil.rmtree(squatted, ignore_errors=True)
        os.mkdir(squatted, 0o777)
        os.chown(squatted, self.nobody.pw_uid, self.nobody.pw_gid)
        try:
            self.start_victim("v")
            where = read_file(f"{self.home}/run/where").strip()
            self.assertNotEqual(os.path.realpath(where), squatted)
            self.assertEqual(os.listdir(squatted), [])
            with self.keeps():
                self.kill_engine()
            self.pmc("daemon", "stop")
        finally:
            os.rmdir(squatted)

    def test_files_and_folders_are_private(self):
        self.start_victim("v", "--say", "x", "--err", "y")
        self.wait_log("v", "x")
        self.wait_event("online", app="v")
        for folder, folders, names in os.walk(self.home):
            self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700, folder)
            for name in names:
                mode = stat.S_IMODE(os.lstat(os.path.join(folder, name)).st_mode)
                self.assertEqual(mode & 0o077, 0, f"{folder}/{name}: {mode:o}")


if __name__ == "__main__":
    main()
