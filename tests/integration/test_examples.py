"""Every example of ecosystem-examples/ starts and answers."""

import json
import os
import re
import shutil
import socket
import subprocess
import threading

from pmctest import PmcTest, SOURCE, free_port, http_get, main, read_file, wait_until


class Examples(PmcTest):
    def setUp(self):
        super().setUp()
        self.examples = os.path.join(self.work, "examples")
        shutil.copytree(os.path.join(SOURCE, "ecosystem-examples"), self.examples,
                        ignore=shutil.ignore_patterns("node_modules"))
        self.port, self.clock_port = free_port(), free_port()
        self.env.update(PORT=str(self.port), CLOCK_PORT=str(self.clock_port), INTERVAL="0.05")

    def need(self, *tools):
        for tool in tools:
            if not shutil.which(tool):
                self.skipTest(f"needs {tool}")

    def start(self, file, *options, **keywords):
        done = self.pmc("start", os.path.join(self.examples, file), *options, **keywords)
        self.assertEqual({view["state"] for view in self.instances()}, {"online"})
        return done

    def answer(self, port, path="/"):
        """What an app says over HTTP, as soon as it does."""
        status, body = wait_until(lambda: http_get(port, path), what=f"an answer on {port}")
        self.assertEqual(status, 200)
        return body

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

    def test_express_app(self):
        self.need("node")
        modules = os.path.join(SOURCE, "tests/node_modules")
        if not os.path.isdir(os.path.join(modules, "express")):
            self.skipTest("needs the npm packages of tests/package.json")
        os.symlink(modules, f"{self.examples}/express-app/node_modules")
        self.start("express-app/ecosystem.yml")
        body = json.loads(self.answer(self.port))
        self.assertEqual((body["version"], body["pid"]), ("1.2.0", self.pid_of("shop")))
        self.assertEqual(self.instance("shop")["version"], "1.2.0")
        slow = threading.Thread(target=lambda: answers.append(http_get(self.port, "/slow")))
        answers = []
        slow.start()
        self.wait_log("shop", "slow one begins")
        self.pmc("stop", "shop")
        slow.join()
        self.assertEqual(answers, [(200, "slow, but whole\n")])

    def test_file_as_pm2_generates_it(self):
        self.need("node")
        said = self.start("pm2-generated/ecosystem.config.js").stderr
        self.assertIn("'deploy'", said)
        self.wait_log("index", "index of index is up")
        self.wait_log("service-worker", "worker 1 is up")

    def test_profiles(self):
        self.start("profiles/ecosystem.yml")
        self.wait_log("settings", "1 line break")
        self.assertEqual(self.log("settings").splitlines()[:4], [
            "database postgres://localhost/shop", "currency EUR", "level    debug", "greeting hello from pmc"])
        self.start("profiles/ecosystem.yml", "--env", "production", env={"GREETER": "me"})
        self.wait_log("settings-production", "1 line break")
        self.assertEqual(self.log("settings-production").splitlines()[:4], [
            "database postgres://db.example/shop", "currency EUR", "level    warning", "greeting hello from me"])
        self.assertEqual({view["name"] for view in self.instances()}, {"settings", "settings-production"})

    def test_monorepo(self):
        self.need("node")
        self.start("monorepo/ecosystem.yml", "--only", "jobs")
        self.assertEqual([view["name"] for view in self.instances()], ["jobs"])
        self.wait_log("jobs", "jobs of jobs, testing")
        site = free_port()
        self.start("monorepo/ecosystem.yml", env={"API_PORT": str(self.port), "SITE_PORT": str(site)})
        api = json.loads(self.answer(self.port))
        self.assertEqual((api["cwd"], api["stage"]), (f"{self.examples}/monorepo/packages/api", "development"))
        self.wait_log("site", "site is up")
        self.assertIn("3 prices, development", self.answer(site))
        self.assertEqual({view["namespace"] for view in self.instances()}, {"shop"})
        self.pmc("stop", "shop")
        self.assertEqual({view["state"] for view in self.instances()}, {"stopped"})

    def test_options_of_pm2(self):
        self.need("node")
        file = os.path.join(self.examples, "pm2-options/ecosystem.config.js")
        ports = {"PORT": str(self.port)}
        said = self.pmc("start", file, "--env", "staging", env=ports).stderr
        self.assertIn("'vizion' is accepted from PM2, has no effect", said)
        for number in (0, 1):
            facts = json.loads(self.answer(self.port + number))
            self.assertEqual((facts["instance"], facts["mode"], facts["features"]), (str(number), "staging", '{"search":true}'))
            self.assertEqual(facts["args"], ["--port", str(self.port), "--title", "two words"])
            self.assertEqual(facts["heap"], ["--max-old-space-size=200"])
        self.wait_state("reports", "stopped")
        report = os.path.join(self.examples, "pm2-options/logs/reports.log")
        self.assertIn("report of reports in", wait_until(lambda: read_file(report), what="the report is in its log"))
        lines = read_file(os.path.join(self.examples, "pm2-options/logs/backend-out.log")).splitlines()
        self.assertEqual(len(lines), 2)
        for line in lines:
            self.assertRegex(line, r"^\d{4}-\d\d-\d\d \d\d:\d\d [+-]\d\d:\d\d: instance [01] listens on \d+$")
        converted = self.file("converted.yml", self.pmc("convert", file, env=ports).stdout)
        self.pmc("validate", converted)

    def test_annotated(self):
        self.start("annotated/ecosystem.yml")
        self.assertEqual(len(self.instances("annotated")), 2)
        for number in (0, 1):
            self.wait_log("annotated", f"hello from {number} of 2, port {9000 + number}, args: --greet two words, "
                                       'limits: {"requests":100}, core: 0')

    def test_every_commented_line_of_annotated_may_be_used(self):
        path = os.path.join(self.examples, "annotated/ecosystem.yml")
        text, count = re.subn(r"(?m)^(    )# ([a-z_]+: )", r"\1\2", read_file(path))
        self.assertGreater(count, 30)
        said = self.pmc("validate", "--strict", self.file("examples/annotated/all.yml", text))
        self.assertIn("1 app, no mistakes", said.stdout)

    def test_every_example_is_named_here(self):
        files = {os.path.relpath(os.path.join(folder, name), self.examples)
                 for folder, _, names in os.walk(self.examples) for name in names
                 if name.endswith((".yml", ".yaml", ".config.js"))}
        self.assertEqual(files, {
            "node-http/ecosystem.yml", "python-worker/ecosystem.yml", "shell-script/ecosystem.yml", "c-program/ecosystem.yml",
            "polyglot.yml", "express-app/ecosystem.yml", "pm2-generated/ecosystem.config.js", "profiles/ecosystem.yml",
            "monorepo/ecosystem.yml", "monorepo/packages/api/ecosystem.yml", "monorepo/packages/site/ecosystem.yml",
            "monorepo/packages/jobs/ecosystem.yml", "pm2-options/ecosystem.config.js", "annotated/ecosystem.yml"})


if __name__ == "__main__":
    main()
