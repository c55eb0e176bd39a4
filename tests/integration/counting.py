"""Counters whose lines are checked one by one: every line is there once, whole, and in its order."""

import struct

from pmctest import PmcTest, read_file, wait_until


class CountingTest(PmcTest):
    def count_path(self, name):
        return f"{self.work}/{name}.count"

    def start_counting(self, name, rate=2000, total=0, width=40, options=()):
        self.start_counter(name, "--name", name, "--rate", rate, "--total", total, "--width", width, "--count",
                           self.count_path(name), options=options)

    def counted(self, name):
        """Lines that write() has taken so far."""
        data = read_file(self.count_path(name), "rb")
        return struct.unpack("=Q", data[:8])[0] if len(data) >= 8 else 0

    def wait_counted(self, name, more, deadline=20):
        goal = self.counted(name) + more
        wait_until(lambda: self.counted(name) >= goal, deadline, f"{name} has written {more} lines more")

    def lines_of(self, path, name, stamped=False):
        """Numbers of the lines of `name` in a log; a line that is not whole fails the test."""
        numbers = []
        for line in read_file(path, "rb").split(b"\n")[:-1]:
            if stamped:
                stamp, _, line = line.partition(b": ")
                self.assertEqual(len(stamp), 19, f"time stamp {stamp!r}")
            words = line.split(b" ")
            if words[0] != name.encode():
                continue
            self.assertEqual(len(words), 3, f"line {line!r}")
            self.assertTrue(words[2].strip(b"x") == b"", f"line {line!r}")
            numbers.append(int(words[1]))
        return numbers

    def assert_every_line_once(self, name, path=None, stamped=False):
        """Call it when the counter has ended or waits: all its lines are in the log, once, in their order. One that died
        between a write and its count has written one line more than it knows."""
        path = path or f"{self.home}/logs/{name}-out.log"
        total = self.counted(name)
        self.assertGreater(total, 0)
        wait_until(lambda: read_file(path, "rb").count(name.encode() + b" ") >= total, 10,
                   lambda: f"{total} lines in {path}, there are {read_file(path, 'rb').count(name.encode() + b' ')}")
        numbers = self.lines_of(path, name, stamped)
        if numbers not in (list(range(1, total + 1)), list(range(1, total + 2))):
            wrong = next(i for i, number in enumerate(numbers + [None], 1) if number != i)
            self.fail(f"{name}: {total} written, {len(numbers)} in the log; line {wrong} is {numbers[wrong - 1:wrong + 2]}")
