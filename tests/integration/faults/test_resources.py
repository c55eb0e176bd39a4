"""Faults of the group Resources: what runs out, and kernels that have less than ours."""

import ctypes
import os
import resource
import struct
import subprocess

from mounts import private_mounts, unmount
from pmctest import PmcTest, SLOW, alive, comm_of, is_root, main, program, read_file, wait_until

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
ENOSYS = 38
CALLS = {"clone3": 435, "close_range": 436, "pidfd_getfd": 438, "epoll_pwait2": 441}  # the same on all architectures


def without_calls():
    """From here on the kernel has none of CALLS, as one of some years ago."""
    numbers = list(CALLS.values())
    code = [(0x20, 0, 0, 0)]  # load the number of the call
    code += [(0x15, len(numbers) - index, 0, number) for index, number in enumerate(numbers)]
    code += [(0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x00050000 | ENOSYS)]  # allow; errno
    filters = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in code))
    header = struct.pack("@HP", len(code), ctypes.addressof(filters))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header) != 0:
        os._exit(77)


class ResourceFaults(PmcTest):
    def test_R01_no_descriptors_left_for_a_start_is_said_before_anything_is_touched(self):
        subprocess.run(["sh", "-c", f"ulimit -n 64; exec {program('PMC')} ping"], env=self.env, check=True,
                       stdout=subprocess.DEVNULL)
        for number in range(20):
            done = self.pmc("start", "/bin/sleep", "--name", f"s{number}", "--", "1000", check=False)
            if done.returncode != 0:
                break
        self.assertRegex(done.stderr, r"needs \d+ descriptors, \d+ left")
        self.assertGreater(number, 0)
        pid = self.pid_of("s0")
        self.assertIn("descriptors", self.pmc("restart", "s0", check=False).stderr)
        self.assertTrue(alive(pid))
        self.assertEqual(self.pid_of("s0"), pid)
        self.pmc("stop", "s0")
        self.assertFalse(alive(pid))

    def test_R02_a_keeper_that_can_hold_no_more_is_told_and_the_app_runs(self):
        self.start_victim("v", "--say", "first")
        keeper = self.keeper_pid()
        used = len(os.listdir(f"/proc/{keeper}/fd"))
        soft, hard = resource.prlimit(keeper, resource.RLIMIT_NOFILE)
        resource.prlimit(keeper, resource.RLIMIT_NOFILE, (used + 1, hard))
        self.start_victim("w", "--say", "second")
        self.wait_log("w", "second")
        self.assertEqual(self.state("w"), "online")
        ping = wait_until(lambda: (now := self.pmc_json("ping"))["fds_lost"] > 0 and now, what="lost descriptors are told")
        self.assertIn("descriptors", " ".join(ping["notes"]))
        self.assertRegex(self.pmc("doctor", check=False).stdout, r"descriptors were lost")
        self.pmc("stop", "w")
        self.assertTrue(alive(self.pid_of("v")))
        resource.prlimit(keeper, resource.RLIMIT_NOFILE, (soft, hard))  # a sanitizer needs some at the end

    def test_R04_a_thousand_apps_run_are_listed_and_taken_over(self):
        count = 1000 if SLOW == 1 else 200
        self.pmc("start", self.eco([{"name": "s", "script": "/bin/sleep", "interpreter": "none", "args": ["100000"],
                                     "instances": count}]), timeout=90)
        pids = self.pids()
        self.assertEqual(len(set(pids.values())), count)
        with self.keeps():
            self.kill_engine()
        self.assertEqual(self.pmc_json("ping")["apps"], count)
        self.pmc("delete", "all", timeout=90)
        self.assertEqual([pid for pid in pids.values() if alive(pid)], [])

    def test_R05_an_app_gets_what_pmc_was_started_with_and_no_foreign_descriptor(self):
        script = self.script("facts.sh", """
            umask
            grep -E 'open files|processes|core' /proc/self/limits
            grep -E '^(SigBlk|SigIgn|NoNewPrivs)' /proc/self/status
            cat /proc/self/oom_score_adj
            echo done""")
        start = "ulimit -Sn 500; umask 027; "
        # Signals that these tests were started with as ignored (nohup, a job of a script) no app sees.
        plain = subprocess.run(["env", "--default-signal", "sh", "-c", f"{start} exec {script}"], env=self.env,
                               stdin=subprocess.DEVNULL, check=True, capture_output=True, text=True).stdout
        subprocess.run(["sh", "-c", f"{start} exec {program('PMC')} ping"], env=self.env, check=True, stdout=subprocess.DEVNULL)
        self.pmc("start", script, "--name", "facts", "--interpreter", "none", "--no-autorestart", check=False)
        self.wait_log("facts", "done")
        self.assertEqual(self.log("facts").splitlines(), plain.splitlines())
        self.start_victim("v")
        self.assertEqual(sorted(os.listdir(f"/proc/{self.pid_of('v')}/fd")), ["0", "1", "2"])
        self.assertIn("0027", plain)
        self.assertRegex(plain, r"open files +500 ")

    def test_R06_a_kernel_without_the_newer_calls_is_enough(self):
        first = subprocess.run([program("PMC"), "ping"], env=self.env, preexec_fn=without_calls, capture_output=True, text=True,
                               timeout=30, check=False)
        if first.returncode == 77:
            self.skipTest("no seccomp filters here")
        self.assertEqual(first.returncode, 0, first.stderr)
        self.start_victim("v", "--children", "2", "--daemonize", "2")
        self.start_victim("logs", "--say", "hello", options=["--time"])
        self.wait_log("logs", "hello")
        with self.keeps():
            self.kill_engine()
            self.pmc("ping")
        old = self.pid_of("v")
        self.pmc("restart", "v")
        self.assertNotIn(self.pid_of("v"), (0, old))
        self.pmc("stop", "all")
        self.assertEqual([pid for pid in self.own_processes() if comm_of(pid) == "victim"], [])
        said = self.pmc("doctor", check=False).stdout
        for call in CALLS:
            self.assertRegex(said, rf"{call}.*not there")

    def test_R06_the_doctor_names_what_is_there(self):
        self.pmc("ping")
        self.assertRegex(self.pmc("doctor", check=False).stdout, r"kernel: close_range")


class ProcessLimit(PmcTest):
    USER = 61236

    def setUp(self):
        super().setUp()
        if not is_root():
            self.skipTest("needs root to be somebody else, whose processes are counted")
        for folder in (self.home, self.work):
            os.makedirs(folder, exist_ok=True)
            os.chown(folder, self.USER, self.USER)
        os.chmod(self.home, 0o700)
        pmc = self.pmc_for_everybody()
        as_user = f"setpriv --reuid {self.USER} --regid {self.USER} --clear-groups"
        self.pmc_path = self.script("pmc", f"exec {as_user} '{pmc}' \"$@\"")
        self.limited = self.script("limited", f"exec {as_user} bash -c 'ulimit -u 60; exec \"{pmc}\" ping'")

    def test_R03_a_start_without_room_for_a_process_is_tried_again_and_the_intent_is_kept(self):
        subprocess.run([self.limited], env=self.env, check=True, stdout=subprocess.DEVNULL)
        self.pmc("start", "/bin/sleep", "--name", "v", "--", "1000")
        pid = self.pid_of("v")
        crowd = [subprocess.Popen(["sleep", "1000"], user=self.USER, group=self.USER, extra_groups=[]) for _ in range(60)]
        try:
            said = self.pmc_fails("start", "/bin/sleep", "--name", "w", "--", "1000")
            self.assertIn("cannot fork", said)
            self.assertEqual(self.state("w"), "waiting")
            self.assertIn("cannot fork", self.instance("w")["reason"])
            self.assertEqual(self.pid_of("v"), pid)
        finally:
            for process in crowd:
                process.kill()
            for process in crowd:
                process.wait()
        self.wait_state("w", "online")
        self.assertEqual(self.pid_of("v"), pid)


class Cgroups(PmcTest):
    """R07: a mount namespace of its own, in which the cgroup file systems are not what they were."""

    @classmethod
    def setUpClass(cls):
        private_mounts()

    def works_without(self, reason):
        self.start_victim("v", "--children", "2", "--daemonize", "2")
        doctor = self.pmc("doctor", check=False).stdout
        self.assertRegex(doctor, r"cgroup v2 for process trees")
        self.assertRegex(doctor, reason)
        with self.keeps():
            self.kill_engine()
        self.pmc("stop", "v")
        self.assertEqual([pid for pid in self.own_processes() if comm_of(pid) == "victim"], [])

    def test_R07_hidden(self):
        done = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/sys/fs/cgroup"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.skipTest(f"cannot hide it: {done.stderr.strip()}")
        try:
            self.works_without(r"no cgroup v2 file system|cannot (make|open) ")
        finally:
            unmount("/sys/fs/cgroup")

    def test_R07_read_only(self):
        found = [line.split()[4] for line in read_file("/proc/self/mountinfo").splitlines() if " - cgroup2 " in line]
        if not found:
            self.skipTest("there is no cgroup v2 here")
        done = subprocess.run(["mount", "-o", "remount,bind,ro", found[0]], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.skipTest(f"cannot be made read-only: {done.stderr.strip()}")
        try:
            self.works_without(r"(?i)read-only")
        finally:
            subprocess.run(["mount", "-o", "remount,bind,rw", found[0]], check=False)


if __name__ == "__main__":
    main()
