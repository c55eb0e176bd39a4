"""What apps write: into which file, in which form, and back out of `pmc logs`."""

import json
import os
import signal
import subprocess

from pmctest import PmcTest, main, read_file, send_signal, wait_until

TALKER = 'i=0; while [ $i -lt 5 ]; do echo "out $i"; echo "err $i" >&2; i=$((i+1)); done; echo ready; exec sleep 1000'


class Logs(PmcTest):
    def talker(self, name, *options, text=TALKER):
        self.pmc("start", self.script(f"{name}.sh", text), "--name", name, *options)

    def wait_file(self, path, text):
        return wait_until(lambda: text in read_file(path), what=lambda: f"{text!r} in {path}: {read_file(path)[-300:]!r}")

    def test_out_and_err_go_to_files_of_their_own(self):
        self.talker("a")
        self.wait_log("a", "ready\n")
        self.wait_log("a", "err 4\n", "error")
        self.assertEqual(self.log("a"), "".join(f"out {i}\n" for i in range(5)) + "ready\n")
        self.assertEqual(self.log("a", "error"), "".join(f"err {i}\n" for i in range(5)))
        self.assertEqual(os.stat(f"{self.home}/logs/a-out.log").st_mode & 0o777, 0o600)

    def test_files_of_instances_carry_the_id_unless_merged(self):
        self.talker("a", "-i", "2")
        for view in self.instances("a"):
            self.wait_file(f"{self.home}/logs/a-out-{view['pm_id']}.log", "ready\n")
        self.talker("b", "-i", "2", "--merge-logs")
        wait_until(lambda: self.log("b").count("ready\n") == 2, what="both instances in one file")
        self.assertEqual(self.log("b").count("\n"), 12)

    def test_given_files_relative_to_the_working_folder(self):
        self.pmc("start", self.eco([{
            "name": "a", "script": self.script("a.sh", TALKER), "out_file": "deep/er/o.log", "error_file": "/dev/null",
            "log_file": "both.log"}]))
        self.wait_file(f"{self.work}/deep/er/o.log", "ready\n")
        self.wait_file(f"{self.work}/both.log", "err 4\n")
        self.wait_file(f"{self.work}/both.log", "ready\n")
        self.assertEqual(len(read_file(f"{self.work}/both.log").splitlines()), 11)

    def test_time_stamps_are_set_before_each_line(self):
        self.talker("a", "--log-date-format", "YYYY-MM-DD HH:mm:ss.SSS Z")
        self.wait_log("a", "ready\n")
        for line in self.log("a").splitlines():
            self.assertRegex(line, r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [+-]\d\d:\d\d: (out \d|ready)$")

    def test_json_is_one_object_a_line(self):
        self.talker("a", "--log-type", "json")
        self.wait_log("a", '"ready')
        records = [json.loads(line) for line in self.log("a").splitlines()]
        self.assertEqual([record["message"].rstrip("\n") for record in records], [f"out {i}" for i in range(5)] + ["ready"])
        self.assertEqual({(record["type"], record["app_name"], record["process_id"]) for record in records}, {("out", "a", 0)})

    def test_disable_logs_makes_no_file(self):
        self.talker("a", "--disable-logs", text=TALKER.replace("echo ready", "touch ready"))
        wait_until(lambda: os.path.exists(f"{self.work}/ready"), what="the app has written")
        self.assertFalse(os.path.exists(f"{self.home}/logs/a-out.log"))

    def test_a_partial_last_line_is_kept_and_the_next_life_begins_a_new_one(self):
        self.talker("a", text="printf 'half a line'; exec sleep 1000")
        self.wait_log("a", "half a line")
        old = self.pid_of("a")
        send_signal(old, signal.SIGKILL)
        self.wait_new_pid("a", old)
        wait_until(lambda: self.log("a") == "half a line\nhalf a line", what=lambda: f"two halves: {self.log('a')!r}")

    def test_flush_empties_in_place_and_reloadLogs_follows_a_rename(self):
        self.talker("a", text="echo one; while read line; do echo \"$line\"; done")
        self.wait_log("a", "one\n")
        path = f"{self.home}/logs/a-out.log"
        inode = os.stat(path).st_ino
        self.pmc("flush", "a")
        self.assertEqual((read_file(path), os.stat(path).st_ino), ("", inode))
        self.pmc("send", "a", "two")
        self.wait_file(path, "two\n")
        os.rename(path, path + ".1")
        self.pmc("reloadLogs")
        self.pmc("send", "a", "three")
        self.wait_file(path, "three\n")
        self.assertEqual(read_file(path + ".1"), "two\n")

    # ---- pmc logs

    def test_logs_shows_the_last_lines_with_names(self):
        self.talker("a")
        self.talker("b")
        for name in "ab":
            self.wait_log(name, "ready\n")
            self.wait_log(name, "err 4\n", "error")
        shown = self.pmc("logs", "--nostream", "--lines", "2").stdout
        for name in "ab":
            self.assertRegex(shown, rf"{name}\b.*ready")
            self.assertRegex(shown, rf"{name}\b.*err 4")
        self.assertNotIn("out 3", shown)

    def test_logs_raw_out_err(self):
        self.talker("a")
        self.wait_log("a", "ready\n")
        self.wait_log("a", "err 4\n", "error")
        self.assertEqual(self.pmc("logs", "a", "--nostream", "--raw", "--out", "--lines", "1").stdout, "ready\n")
        done = self.pmc("logs", "a", "--nostream", "--raw", "--err", "--lines", "1")
        self.assertEqual(done.stdout + done.stderr, "err 4\n")

    def test_logs_of_an_unknown_app_are_no_error_and_waited_for(self):
        self.pmc("ping")
        self.assertIn("no app, id or namespace zzz", self.pmc("logs", "zzz", "--nostream").stderr)
        follower = self.client("logs", "zzz", "--raw", stderr=subprocess.STDOUT)
        self.assertIn(b"waiting for it", follower.stdout.readline())
        self.talker("zzz")
        lines = [follower.stdout.readline() for _ in range(11)]
        self.assertIn(b"ready\n", lines)

    def test_a_follower_sees_new_lines_of_several_apps_in_the_order_of_arrival(self):
        echo = "while read line; do echo \"$line\"; done"
        self.talker("a", text=echo)
        self.talker("b", text=echo)
        follower = self.client("logs", "--lines", "0", "--raw")
        seen, number = [], 0

        def one_more(name):
            nonlocal number
            number += 1
            self.pmc("send", name, f"line {number}")
            while f"line {number}" not in seen:
                seen.append(follower.stdout.readline().decode().strip())
        self.wait_follower(follower, seen)
        for name in "abba":
            one_more(name)
        lines = [line for line in seen if line.startswith("line")]
        self.assertEqual(lines, ["line 1", "line 2", "line 3", "line 4"])

    def wait_follower(self, follower, seen):
        """The follower is known to follow when a line sent again and again arrives."""
        os.set_blocking(follower.stdout.fileno(), False)

        def arrived():
            self.pmc("send", "a", "hello")
            return b"hello" in (follower.stdout.read() or b"")
        wait_until(arrived, what="the follower follows")
        os.set_blocking(follower.stdout.fileno(), True)
        seen.append("hello")

    def test_a_follower_goes_on_after_the_death_of_the_engine(self):
        self.talker("a", text="while read line; do echo \"$line\"; done")
        follower, seen = self.client("logs", "a", "--lines", "0", "--raw"), []
        self.wait_follower(follower, seen)
        self.kill_engine()
        self.pmc("send", "a", "after the death")
        while "after the death" not in seen:
            seen.append(follower.stdout.readline().decode().strip())
        self.assertEqual(seen.count("after the death"), 1)


if __name__ == "__main__":
    main()
