"""Faults of the group Resources that concern what there is: descriptors that run out."""

import subprocess

from pmctest import PmcTest, alive, main, program


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


if __name__ == "__main__":
    main()
