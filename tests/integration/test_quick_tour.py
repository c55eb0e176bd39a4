"""The tour of the README: apps in four languages from one file; kill one, kill the daemon, stop, delete."""

import os
import shutil
import signal
import subprocess

from pmctest import PmcTest, SOURCE, alive, free_port, http_get, main, send_signal, wait_until

APPS = ["clock", "ticker", "web", "worker"]


class QuickTour(PmcTest):
    def setUp(self):
        super().setUp()
        for tool in ("node", "python3", "cc", "make"):
            if not shutil.which(tool):
                self.skipTest(f"needs {tool}")
        self.examples = os.path.join(self.work, "examples")
        shutil.copytree(os.path.join(SOURCE, "ecosystem-examples"), self.examples)
        subprocess.run(["make", "-s", "-C", f"{self.examples}/c-program"], check=True)
        self.port, clock = free_port(), free_port()
        self.env.update(PORT=str(self.port), CLOCK_PORT=str(clock))

    def wait_web(self):
        return wait_until(lambda: http_get(self.port), what="the web app answers")

    def test_start_kill_an_app_kill_the_daemon_stop_delete(self):
        self.pmc("start", f"{self.examples}/polyglot.yml")
        self.assertEqual([view["name"] for view in self.instances()], APPS)
        self.assertEqual({view["state"] for view in self.instances()}, {"online"})
        self.wait_web()
        self.wait_log("ticker", "tick 1")
        self.wait_log("worker", "ready for jobs")

        with self.subTest("an app that is killed comes back"):
            old = self.pid_of("web")
            send_signal(old, signal.SIGKILL)
            new = self.wait_new_pid("web", old)
            self.wait_web()
            event = self.wait_event("exit", app="web", pid=old)
            self.assertEqual((event["code"], event["signal"]), (None, 9))
            self.assertNotEqual(old, new)

        with self.subTest("kill -9 of the daemon changes nothing"):
            with self.keeps():
                self.kill_engine()
                self.assertEqual(http_get(self.port)[0], 200)
            self.wait_event("engine restarted")

        with self.subTest("stop keeps them in the list"):
            pids = list(self.pids().values())
            self.pmc("stop", "all")
            self.assertEqual({view["state"] for view in self.instances()}, {"stopped"})
            self.assertFalse([pid for pid in pids if alive(pid)])

        with self.subTest("delete forgets them"):
            self.pmc("delete", "all")
            self.assertEqual(self.instances(), [])

    def test_the_list_is_a_table_a_person_can_read(self):
        self.pmc("start", f"{self.examples}/shell-script/ecosystem.yml")
        shown = self.pmc("list").stdout
        row = next(line for line in shown.splitlines() if "ticker" in line)
        self.assertIn("online", row)
        self.assertIn(str(self.pid_of("ticker")), row)
        self.assertNotIn("\x1b", shown, "colour although this is no terminal")


if __name__ == "__main__":
    main()
