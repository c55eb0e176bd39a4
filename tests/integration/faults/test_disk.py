"""Disk faults, S01 to S11 (S12: test_power_cut): full, read-only, deleted, corrupt, and things that are no files."""

import errno
import glob
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import time

from counting import CountingTest
from hung_mount import HungMount
from mounts import mount_tmpfs, private_mounts, remount, unmount
from pmctest import (DEADLINE, PmcTest, SLOW, alive, cpu_seconds, main, read_file, send_signal, shim_environment, wait_until)


class FullDisk(CountingTest):
    @classmethod
    def setUpClass(cls):
        private_mounts()

    def setUp(self):
        super().setUp()
        self.disk = os.path.join(self.dir, "disk")
        mount_tmpfs(self.disk, "64M")
        self.addCleanup(unmount, self.disk)
        self.log_path = f"{self.disk}/c.log"

    def fill(self):
        """Take all that is left, from outside."""
        with open(f"{self.disk}/filler", "ab", buffering=0) as file:
            block = bytes(65536)
            try:
                while True:
                    file.write(block)
            except OSError:
                pass

    def free(self):
        os.remove(f"{self.disk}/filler")

    def counter_on_the_disk(self, *options):
        self.start_counting("c", rate=20000, width=200, options=["--output", self.log_path, *options])
        self.wait_counted("c", 1000)

    def stalled_count(self):
        """The counter stands still: what it has written by then."""
        def still():
            before = self.counted("c")
            self.wait_event("log stalled")
            begun = time.monotonic()
            wait_until(lambda: time.monotonic() - begun > 0.3 or self.counted("c") != before, 5)
            return self.counted("c") == before and before
        return wait_until(still, 30, "the full disk holds the app back")

    def test_S01_a_full_log_disk_holds_the_app_back_and_loses_nothing(self):
        self.full_disk()

    def test_S01_the_same_with_time_stamps(self):
        self.full_disk("--time")

    def full_disk(self, *options):
        self.counter_on_the_disk(*options)
        pid = self.pid_of("c")
        self.fill()
        self.stalled_count()
        for _ in range(3):
            self.kill_engine()
        engine = self.engine_pid()
        spent, begun = cpu_seconds(engine), time.monotonic()
        wait_until(lambda: time.monotonic() - begun > 1, 5)
        self.assertLess(cpu_seconds(engine) - spent, 0.3 * SLOW, "the engine spins")
        self.assertTrue(alive(pid))
        self.free()
        self.wait_counted("c", 2000)
        self.wait_event("log resumed")
        self.pmc("stop", "c")
        self.assert_every_line_once("c", self.log_path, stamped=bool(options))

    def test_S02_log_full_drop_slows_nobody_and_counts_what_is_lost(self):
        self.counter_on_the_disk("--log-full", "drop")
        self.fill()
        self.wait_counted("c", 150000, 40)
        self.free()
        wait_until(lambda: "dropped" in read_file(self.log_path), 10, "the marker line")
        self.pmc("stop", "c")
        total = self.counted("c")
        lines = read_file(self.log_path).splitlines()
        kept = sum(1 for line in lines if line.startswith("c "))
        dropped = sum(int(line.split()[1].replace(",", "")) for line in lines if line.startswith("[pmc:"))
        self.assertGreater(dropped, 0)
        self.assertLessEqual(abs(kept + dropped - total), 2, (kept, dropped, total))


class FullHome(PmcTest):
    @classmethod
    def setUpClass(cls):
        private_mounts()

    def setUp(self):
        super().setUp()
        mount_tmpfs(self.home, "4M")
        self.addCleanup(unmount, self.home)

    def test_S03_a_full_home_leaves_apps_alone_and_refuses_changes(self):
        self.start_victim("v", options=["--disable-logs"])
        pid = self.pid_of("v")
        with open(f"{self.home}/filler", "ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        refused = 0
        for number in range(20):
            done = self.pmc("start", self.script(f"n{number}.sh", "exec sleep 1000"), "--name", f"n{number}",
                            "--disable-logs", check=False)
            refused += done.returncode != 0
            if done.returncode != 0:
                self.assertNotIn(f"n{number}", {view["name"] for view in self.instances()}, "half of a command")
                self.assertIn("space", done.stdout + done.stderr)
        self.assertGreater(refused, 0)
        self.assertTrue(alive(pid))
        self.assertEqual(self.pid_of("v"), pid)
        os.remove(f"{self.home}/filler")
        self.pmc("stop", "v")

    def test_S05_a_read_only_home_is_refused_and_apps_go_on(self):
        self.start_victim("v", options=["--disable-logs"])
        pid = self.pid_of("v")
        self.kill_both()
        remount(self.home, "ro")
        try:
            said = self.pmc_fails("ping")
            self.assertIn(self.home, said)
            self.assertIn("ead-only", said)
            self.assertTrue(alive(pid))
        finally:
            remount(self.home, "rw")
        self.assertEqual(self.pid_of("v"), pid)


class FullMemory(CountingTest):
    """S04: the file system of the shared memory, /dev/shm, is full."""

    @classmethod
    def setUpClass(cls):
        private_mounts()

    def setUp(self):
        super().setUp()
        mount_tmpfs("/dev/shm", "8M")
        self.addCleanup(unmount, "/dev/shm")

    def fill(self):
        with open("/dev/shm/filler", "ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def test_S04_full_shared_memory_ends_nobody_and_loses_no_line(self):
        self.start_counting("raw", rate=5000)
        self.start_counting("stamped", rate=5000, options=["--time"])
        self.wait_counted("stamped", 500)
        self.fill()
        with self.keeps():
            for _ in range(3):
                self.wait_counted("raw", 1000)
                self.kill_engine()
            self.assertIn("space", self.wait_event("log stalled", app="stamped")["detail"])
            self.start_victim("n")
            self.pmc("delete", "n")
            self.wait_counted("raw", 1000)
            ends = [event["detail"] for event in self.events("engine restarted")]
            self.assertEqual([end for end in ends if "signal 9;" not in end], [], "an engine ended by something else")
            os.remove("/dev/shm/filler")
            self.wait_event("log resumed", app="stamped")
            self.wait_counted("stamped", 1000)
        self.pmc("stop", "all")
        self.assert_every_line_once("raw")
        self.assert_every_line_once("stamped", stamped=True)

    def test_S04_a_daemon_that_finds_no_room_there_is_refused(self):
        self.fill()
        said = self.pmc_fails("ping", timeout=20)
        self.assertIn("space", said)
        self.assertEqual(self.daemon_processes(), [])
        os.remove("/dev/shm/filler")
        self.pmc("ping")


class Files(CountingTest):
    def test_S06_a_deleted_log_folder_is_made_again(self):
        self.start_counting("c", rate=500)
        self.wait_counted("c", 100)
        folder = f"{self.home}/logs"
        for path in glob.glob(f"{folder}/*"):
            os.remove(path)
        os.rmdir(folder)
        gone_at = self.counted("c")
        wait_until(lambda: read_file(f"{folder}/c-out.log"), 5, "the log is made again")
        self.wait_counted("c", 300)
        self.pmc("stop", "c")
        total = self.counted("c")
        wait_until(lambda: f"c {total:010d} " in read_file(f"{folder}/c-out.log"), 5, "the last line")
        numbers = self.lines_of(f"{folder}/c-out.log", "c")
        self.assertEqual(numbers, list(range(numbers[0], total + 1)), "a gap after the folder came back")
        self.assertLess(numbers[0] - gone_at, 5000 * SLOW, "more than 10 s of lines are lost")

    def facts(self, path):
        status = os.lstat(path)
        return status.st_ino, stat.S_IFMT(status.st_mode), stat.S_IMODE(status.st_mode), status.st_rdev

    def test_S08_what_is_no_regular_file_is_only_written_to(self):
        os.mkfifo(f"{self.work}/fifo", 0o640)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(f"{self.work}/socket")
        paths = {"fifo": f"{self.work}/fifo", "socket": f"{self.work}/socket", "dev-null": "/dev/null"}
        if os.geteuid() == 0:
            for name, number in (("own-null", 3), ("own-full", 7)):
                os.mknod(f"{self.work}/{name}", 0o640 | stat.S_IFCHR, os.makedev(1, number))
                paths[name] = f"{self.work}/{name}"
        before = {name: self.facts(path) for name, path in paths.items()}
        reader = os.open(f"{self.work}/fifo", os.O_RDONLY | os.O_NONBLOCK)
        try:
            for name, path in paths.items():
                with self.subTest(name):
                    self.start_victim(name, "--say", "hello", "--err", "there", options=["--output", path, "--error", path])
                    self.pmc("flush", name)
                    self.pmc("reloadLogs")
                    self.pmc("restart", name)
                    self.pmc("delete", name)
                    self.assertEqual(self.facts(path), before[name])
            self.assertIn(b"hello", os.read(reader, 4096))
        finally:
            os.close(reader)
            listener.close()
        self.assertEqual(len(self.daemon_processes()), 2)


class HungDisk(CountingTest):
    @classmethod
    def setUpClass(cls):
        private_mounts()

    def setUp(self):
        super().setUp()
        self.mount = HungMount(f"{self.dir}/hung")

    def tearDown(self):
        self.mount.close()
        super().tearDown()

    def test_S07_a_log_on_a_disk_that_does_not_answer_delays_no_other_log_and_no_command(self):
        path = f"{self.mount.path}/slow.log"
        self.start_counting("quick")
        self.start_counting("stamped", options=["--time"])
        self.start_counting("slow", rate=20000, width=200, options=["--output", path])
        wait_until(lambda: self.mount.asked, what="the engine waits for the disk")
        for name in ("quick", "stamped"):
            log = f"{self.home}/logs/{name}-out.log"
            done = self.counted(name) + 1000
            wait_until(lambda log=log, line=f"{name} {done:010d} ": line in read_file(log), 5, f"lines of {name} arrive")
        for words in (("list",), ("logs", "quick", "--nostream"), ("restart", "quick")):
            self.pmc(*words, timeout=DEADLINE)
        stalled = self.wait_event("log stalled", app="slow", deadline=20)
        self.assertIn("has not answered", stalled["detail"])
        self.assertIn("log stalled", self.described("slow")[0]["log_trouble"])
        self.assertIn("log stalled", self.pmc("list").stdout)
        self.assertIsNone(self.described("quick")[0]["log_trouble"])
        self.mount.close()
        self.wait_event("log resumed", app="slow", deadline=20)
        self.assertIsNone(self.described("slow")[0]["log_trouble"])
        self.wait_counted("slow", 1000)
        self.pmc("stop", "all")
        self.assert_every_line_once("slow", path)
        self.assert_every_line_once("stamped", stamped=True)

    def test_S07_the_app_itself_can_be_stopped_and_its_lines_wait(self):
        path = f"{self.mount.path}/slow.log"
        self.start_counting("slow", rate=1000, options=["--output", path])
        wait_until(lambda: self.mount.asked, what="the engine waits for the disk")
        self.wait_counted("slow", 100)
        self.pmc("stop", "slow")
        self.assertEqual(self.state("slow"), "stopped")
        self.mount.close()
        self.assert_every_line_once("slow", path)


class StrangeFileSystem(PmcTest):
    """S09: what a network file system or vfat says no to, said by a library that is loaded into the daemon."""

    def test_S09_a_home_without_locks_or_sockets_is_refused_and_nothing_runs(self):
        cases = {"locks": ("PMC_SHIM_FLOCK", errno.ENOLCK, "cannot lock", "no locks available"),
                 "sockets": ("PMC_SHIM_BIND", errno.EPERM, "cannot bind", "no sockets")}
        memory = set(os.listdir("/dev/shm"))
        for name, (variable, code, *words) in cases.items():
            with self.subTest(name):
                said = self.pmc_fails("ping", env={**shim_environment(self), variable: str(code)})
                for word in (*words, self.home, "local disk"):
                    self.assertIn(word, said)
                self.assertEqual(self.daemon_processes(), [])
                files = [os.path.join(folder, file) for folder, _, names in os.walk(self.home) for file in names]
                self.assertEqual({os.path.relpath(path, self.home) for path in files} - {"id", "run/lock"}, set())
                identity = read_file(f"{self.home}/id").strip()[:8]
                self.assertFalse([entry for entry in set(os.listdir("/dev/shm")) - memory if identity in entry])
        self.assertFalse(self.pmc_json("ping")["safe"], "on a local disk it starts")


class CorruptStore(PmcTest):
    def spoil(self, path, how):
        data = bytearray(read_file(path, "rb"))
        if how == "zeroed page":
            data[4096:8192] = bytes(4096)
        elif how == "truncated":
            data = data[:len(data) // 2]
        elif how == "random header":
            data[:100] = os.urandom(100)
        elif how == "foreign file":
            data = bytearray(b"this is no database\n" * 1000)
        with open(path, "wb") as file:
            file.write(data)
        for suffix in ("-wal", "-shm"):
            if os.path.exists(path + suffix):
                os.remove(path + suffix)

    def test_S10_a_corrupt_state_db_is_never_overwritten_and_apps_run_on(self):
        for how in ("zeroed page", "truncated", "random header", "foreign file"):
            with self.subTest(how):
                self.start_victim("v")
                self.pmc("daemon", "stop")
                self.wait_state("v", "online")
                pid, path = self.pid_of("v"), f"{self.home}/state.db"
                self.kill_both()
                good = read_file(path, "rb")
                self.spoil(path, how)
                spoilt = read_file(path, "rb")
                ping = self.pmc_json("ping")
                self.assertTrue(ping["safe"])
                self.assertIn("state.db.1", str(ping))
                self.assertTrue(alive(pid))
                self.pmc_fails("start", self.script("n.sh", "exec sleep 1000"))
                self.assertEqual(read_file(path, "rb"), spoilt)
                self.kill_both()
                with open(path, "wb") as file:
                    file.write(good)
                self.assertEqual(self.pid_of("v"), pid)
                self.pmc("delete", "v")

    def test_S10_a_restored_state_db_is_read_by_resume_and_no_app_is_touched(self):
        self.start_victim("v")
        self.pmc("daemon", "stop")
        self.wait_state("v", "online")
        pid, path = self.pid_of("v"), f"{self.home}/state.db"
        self.kill_both()
        good = read_file(path, "rb")
        self.spoil(path, "random header")
        self.assertTrue(self.pmc_json("ping")["safe"])
        self.assertIn("pmc daemon resume", self.pmc_fails("daemon", "resume"))
        self.assertTrue(alive(pid))
        with open(path, "wb") as file:
            file.write(good)
        self.pmc("daemon", "resume")
        wait_until(lambda: not self.pmc_json("ping")["safe"], what="safe mode is left")
        self.assertEqual(self.pid_of("v"), pid)
        self.pmc("start", self.script("n.sh", "exec sleep 1000"))

    def test_S10_a_home_that_was_never_stopped_cleanly_has_a_copy_to_restore(self):
        self.start_victim("v")
        path = f"{self.home}/state.db"
        wait_until(lambda: os.path.exists(path + ".1"), what="a copy of what was stored")
        self.kill_both()
        self.spoil(path, "random header")
        safe = self.pmc_json("ping")["safe"]
        self.assertIn("state.db.1", safe)
        said = self.pmc("stop", "v").stderr
        self.assertIn("could not be stored", said)
        self.assertEqual(self.state("v"), "stopped")
        subprocess.run(["sh", "-c", re.search(r"to restore it: (.*)", safe)[1]], check=True)
        self.pmc("daemon", "resume")
        wait_until(lambda: not self.pmc_json("ping")["safe"], what="safe mode is left")
        self.assertEqual(len(self.instances("v")), 1)

    def test_S11_a_corrupt_history_db_is_set_aside_and_made_new(self):
        self.start_victim("v")
        self.wait_event("online", app="v")
        pid = self.pid_of("v")
        self.kill_both()
        path = f"{self.home}/history.db"
        self.spoil(path, "foreign file")
        spoilt = read_file(path, "rb")
        self.assertEqual(self.pid_of("v"), pid)
        aside = wait_until(lambda: glob.glob(f"{path}.corrupt-*"), what="it is set aside")
        self.assertEqual(read_file(aside[0], "rb"), spoilt)
        self.wait_event("store repaired")
        self.pmc("restart", "v")
        self.wait_event("exit", app="v", pid=pid)

    def test_S11_a_locked_history_db_delays_nobody(self):
        self.start_victim("v")
        self.wait_event("online", app="v")
        other = sqlite3.connect(f"{self.home}/history.db", isolation_level=None, timeout=10)
        other.execute("BEGIN EXCLUSIVE")
        try:
            for _ in range(5):
                self.pmc("restart", "v", timeout=DEADLINE)
            old = self.pid_of("v")
            send_signal(old, signal.SIGKILL)
            self.wait_new_pid("v", old)
        finally:
            other.execute("ROLLBACK")
            other.close()
        self.wait_event("exit", app="v", pid=old, deadline=20)
        self.assertEqual(len(self.events("exit", app="v")), 6)


if __name__ == "__main__":
    main()
