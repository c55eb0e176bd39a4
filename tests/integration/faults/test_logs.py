"""Log faults, L01 to L12: storms, endless lines, rubbish, halves, other people's hands, readers that do not read."""

import os
import random
import re
import signal
import subprocess

from counting import CountingTest
from pmctest import ALL, DEADLINE, SLOW, alive, main, read_file, send_signal, sweep, wait_until


def memory_kib(pid):
    for line in read_file(f"/proc/{pid}/status").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


class LogFaults(CountingTest):
    def writer(self, name, code, *options):
        """An app that runs a piece of Python with `out`, its raw stdout, and then waits."""
        text = f"import os, signal\nout = open(1, 'wb', buffering=0)\n{code}\nsignal.pause()\n"
        self.pmc("start", self.file(f"{name}.py", text), "--name", name, *options)
        return f"{self.home}/logs/{name}-out.log"

    def test_L01_a_storm_is_written_whole_in_little_memory_and_delays_nobody(self):
        self.start_victim("other")
        engine = self.engine_pid()
        idle = memory_kib(engine)
        count = 40000 if ALL else 8000
        path = self.writer("storm", f"block = b'y' * 65535 + b'\\n'\nfor _ in range({count}): out.write(block)")
        top, answers = 0, 0

        def done():
            nonlocal top, answers
            top = max(top, memory_kib(engine))
            self.pmc("ping")
            answers += 1
            return os.path.exists(path) and os.stat(path).st_size == count * 65536
        wait_until(done, 60, lambda: f"all is written: {os.stat(path).st_size} of {count * 65536}")
        self.assertLess(top - idle, 24 * 1024 * SLOW)
        self.assertGreater(answers, 3, "pings that were answered before all was written")

    def test_L02_one_line_of_100_mebibytes(self):
        engine = self.engine_pid() if self.pmc("ping") else 0
        idle = memory_kib(engine)
        for name, options in (("raw", ()), ("stamped", ("--time",))):
            with self.subTest(name):
                size = 100 << 20
                path = self.writer(name, f"for _ in range({size >> 16}): out.write(b'z' * 65536)\nout.write(b'\\n')", *options)
                top = 0

                def done(path=path, size=size):
                    nonlocal top
                    top = max(top, memory_kib(engine))
                    return os.path.exists(path) and os.stat(path).st_size >= size + 1
                wait_until(done, 60, "the line is written")
                data = read_file(path, "rb")
                if options:
                    self.assertRegex(data[:21], rb"^[-0-9]{10}T[:0-9]{8}: ")
                    data = data[21:]
                self.assertEqual((len(data), data.count(b"z"), data.count(b"\n")), (size + 1, size, 1))
                self.assertLess(top - idle, 40 * 1024 * SLOW)
                self.pmc("delete", name)
                os.remove(path)

    def test_L03_binary_output_is_exact_in_the_file_and_escaped_on_the_terminal(self):
        rubbish = random.Random(3).randbytes(20000).replace(b"\n", b"") + b"\x00\xff\xfe\x1b[31mred\x1b[0m\xc3\n"
        self.file("rubbish", rubbish)
        path = self.writer("a", f"out.write(open({self.work + '/rubbish'!r}, 'rb').read())")
        wait_until(lambda: os.path.exists(path) and os.stat(path).st_size >= len(rubbish), what="it is written")
        self.assertEqual(read_file(path, "rb"), rubbish)
        shown = subprocess.run([self.pmc_path, "logs", "a", "--nostream"], env=self.env, capture_output=True, check=True,
                               timeout=20 * SLOW).stdout
        self.assertFalse(re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", shown), "control bytes reach the terminal")
        shown.decode("utf-8")
        self.assertIn(b"\\x1b[31m", shown)

    def test_L04_a_half_line_is_kept_and_the_next_life_begins_a_new_one(self):
        for name, option in (("raw", ()), ("stamped", ("--time",))):
            with self.subTest(name):
                self.start_victim(name, "--say", "whole", "--half", "half", "--wait-file", f"{self.work}/go", "--exit", "1",
                                  options=[*option, "--min-uptime", "0"])
                self.wait_log(name, "half")
                old = self.pid_of(name)
                self.touch("go")
                self.kill_engine()
                self.wait_gone(old)
                os.remove(f"{self.work}/go")
                self.wait_new_pid(name, old)
                wait_until(lambda name=name: self.log(name).endswith("half") and self.log(name).count("half") >= 2,
                           what=lambda name=name: f"two halves: {self.log(name)!r}")
                lines = [line.partition(": ")[2] if option else line for line in self.log(name).splitlines()]
                self.assertEqual(lines, ["whole", "half"] * (len(lines) // 2))
                self.pmc("stop", name)

    def test_L05_eight_writers_in_one_file_through_many_kills(self):
        names = [f"w{i}" for i in range(8)]
        path = f"{self.work}/all.log"
        for name in names:
            self.start_counting(name, rate=500, options=["--output", path, "--time"])
        for _ in sweep(range(500)):
            self.wait_counted("w0", random.randrange(5, 60))
            self.kill_engine()
        self.pmc("stop", "all")
        for name in names:
            self.assert_every_line_once(name, path, stamped=True)

    def test_L06_an_engine_that_dies_around_a_rotation(self):
        self.skipTest("nothing rotates logs yet")

    def test_L07_rename_copytruncate_and_deletion_from_outside(self):
        self.start_counting("c", rate=500)
        path = f"{self.home}/logs/c-out.log"
        self.wait_counted("c", 200)
        os.rename(path, path + ".1")
        wait_until(lambda: read_file(path), 3, "a new file after the rename")
        both = self.lines_of(path + ".1", "c") + self.lines_of(path, "c")
        self.assertEqual(both, list(range(1, len(both) + 1)))
        os.remove(path)
        wait_until(lambda: read_file(path), 3, "a new file after the deletion")
        os.truncate(path, 0)
        self.wait_counted("c", 200)
        self.pmc("stop", "c")
        total = self.counted("c")
        wait_until(lambda: f"c {total:010d} " in read_file(path), 5, "the last line")
        data = read_file(path, "rb")
        self.assertFalse(data.startswith(b"\0"), "a hole after copytruncate")
        numbers = self.lines_of(path, "c")
        self.assertEqual(numbers, list(range(numbers[0], total + 1)))

    def test_L08_lines_of_another_program_stay(self):
        self.start_counting("c", rate=2000, options=["--time"])
        path, foreign = f"{self.home}/logs/c-out.log", 0
        for _ in range(10):
            self.wait_counted("c", 50)
            with open(path, "ab", buffering=0) as file:
                foreign += 1
                file.write(f"foreign {foreign}\n".encode())
            engine = wait_until(self.engine_now, what="an engine")
            send_signal(engine, signal.SIGKILL)
            self.wait_gone(engine)
        wait_until(lambda: self.pmc("ping", check=False).returncode == 0, 20, "the daemon answers")
        self.pmc("stop", "c")
        text = read_file(path)
        for number in range(1, foreign + 1):
            self.assertEqual(text.count(f"foreign {number}\n"), 1)

    def test_L09_the_cap_of_all_logs_is_reached(self):
        self.skipTest("nothing rotates logs yet, so there are no closed files to remove")

    def test_L10_an_engine_that_dies_while_it_compresses(self):
        self.skipTest("nothing compresses logs yet")

    def test_L11_a_follower_that_does_not_read_slows_nobody(self):
        self.start_counting("c", rate=20000, width=200)
        self.wait_counted("c", 1000)
        follower = self.client("logs", "c", "--lines", "0", "--raw")
        wait_until(lambda: follower.stdout.read(1), what="the follower follows")
        send_signal(follower.pid, signal.SIGSTOP)
        events = self.client("events", "--follow", "--json")
        send_signal(events.pid, signal.SIGSTOP)
        engine = self.engine_pid()
        idle = memory_kib(engine)
        self.wait_counted("c", 100000, 30)
        self.assertLess(memory_kib(engine) - idle, 16 * 1024 * SLOW)
        self.pmc("list", timeout=DEADLINE)
        send_signal(follower.pid, signal.SIGCONT)
        self.assertTrue(alive(follower.pid))
        self.pmc("stop", "c")
        self.assert_every_line_once("c")

    def test_L12_a_reader_that_goes_away_is_no_error(self):
        self.start_counting("c", rate=5000)
        self.wait_counted("c", 500)
        for arguments in ("logs c --lines 100", "logs c --nostream --lines 10000", "events", "list"):
            with self.subTest(arguments):
                done = subprocess.run(
                    ["bash", "-c", f"'{self.pmc_path}' {arguments} | head -1 >/dev/null; echo ${{PIPESTATUS[0]}}"],
                    env=self.env, capture_output=True, text=True, timeout=20 * SLOW, check=True)
                self.assertEqual((done.stdout.strip(), done.stderr), ("0", ""))
        self.pmc("ping")


if __name__ == "__main__":
    main()
