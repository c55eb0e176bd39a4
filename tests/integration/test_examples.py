"""Every example of ecosystem-examples/ starts and answers."""

import os
import shutil
import socket
import subprocess

from pmctest import PmcTest, SOURCE, free_port, http_get, main, wait_until


class Examples(PmcTest):
    def setUp(self):
        super().setUp()
        self.examples = os.path.join(self.work, "examples")
        shutil.copytree(os.path.join(SOURCE, "ecosystem-examples"), self.examples)
        self.port, self.clock_port = free_port(), free_port()
        self.env.update(PORT=str(self.port), CLOCK_PORT=str(self.clock_port), INTERVAL="0.05")

    def need(self, *tools):
        for tool in tools:
            if not shutil.which(tool):
                self.skipTest(f"needs {tool}")

    def start(self, file):
        self.pmc("start", os.path.join(self.examples, file))
        self.assertEqual({view["state"] for view in self.instances()}, {"online"})

    def make_clock(self):
        self.need("cc", "make")
        subprocess.run(["make", "-s", "-C", f"{self.examples}/c-program"], check=True)

    def talk_to_web(self):
        status, body = wait_until(lambda: http_get(self.port), what="the web app answers")
        self.assertEqual(status, 200)
        self.assertIn("hello from pmc", body)
        self.assertIn(f'"pid":{self.pid_of("web")}', body)

    def talk_to_worker(self):
        self.wait_log("worker", "ready for jobs")
        self.pmc("send", "worker", "sum 1 2 39")
        self.wait_log("worker", "sum 1 2 39 = 42")
        self.pmc("send", "worker", "sing a song")
        self.wait_log("worker", "cannot sing", stream="error")

    def talk_to_ticker(self):
        self.wait_log("ticker", "tick 2")
        self.pmc("sendSignal", "SIGUSR1", "ticker")
        self.wait_log("ticker", "from the beginning")

    def talk_to_clock(self):
        def ask():
            try:
                with socket.create_connection(("127.0.0.1", self.clock_port), 5) as connection:
                    return connection.makefile().readline()
            except OSError:
                return None
        line = wait_until(ask, what="the clock answers")
        self.assertIn(f"pid {self.pid_of('clock')}", line)

    def test_node_http(self):
        self.need("node")
        self.start("node-http/ecosystem.yml")
        self.talk_to_web()

    def test_a_crash_of_the_web_server_is_repaired(self):
        self.need("node")
        self.start("node-http/ecosystem.yml")
        self.talk_to_web()
        old = self.pid_of("web")
        http_get(self.port, "/crash")
        self.wait_new_pid("web", old)
        self.talk_to_web()
        self.assertIn("asked to crash", self.log("web", "error"))

    def test_python_worker(self):
        self.start("python-worker/ecosystem.yml")
        self.talk_to_worker()

    def test_shell_script(self):
        self.start("shell-script/ecosystem.yml")
        self.talk_to_ticker()
        self.pmc("stop", "ticker")
        self.wait_log("ticker", "stopped at")

    def test_c_program(self):
        self.make_clock()
        self.start("c-program/ecosystem.yml")
        self.talk_to_clock()

    def test_polyglot(self):
        self.need("node")
        self.make_clock()
        self.start("polyglot.yml")
        self.talk_to_web()
        self.talk_to_worker()
        self.talk_to_ticker()
        self.talk_to_clock()

    def test_every_example_is_named_here(self):
        files = {os.path.relpath(os.path.join(folder, name), self.examples)
                 for folder, _, names in os.walk(self.examples) for name in names if name.endswith((".yml", ".yaml"))}
        self.assertEqual(files, {"node-http/ecosystem.yml", "python-worker/ecosystem.yml",
                                 "shell-script/ecosystem.yml", "c-program/ecosystem.yml", "polyglot.yml"})


if __name__ == "__main__":
    main()
