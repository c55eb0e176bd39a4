"""What a word of `pmc start` means, by the five rules of PM2, and the words that scripts look for in what is said."""

import os
import re
import subprocess

from pmctest import PmcTest, environment_of, is_root, main, program

SLEEPER = "exec sleep 1000"


class Words(PmcTest):
    """Each method has web (2 instances) and back in the namespace tools."""

    def setUp(self):
        super().setUp()
        self.web = self.script("web.sh", SLEEPER)
        self.back = self.script("back.sh", SLEEPER)
        self.pmc("start", self.web, "--name", "web", "-i", "2")
        self.pmc("start", self.back, "--name", "back", "--namespace", "tools")

    def restarts(self):
        return {view["pm_id"]: view["restarts"] for view in self.instances()}

    def states(self, name):
        return {view["state"] for view in self.instances() if view["name"] == name}

    def pid_of_id(self, pm_id):
        return next(view["pid"] for view in self.instances() if view["pm_id"] == pm_id)

    def count(self):
        return len(self.instances())

    # ---- the five rules

    def test_rule_1_a_name_means_its_app(self):
        self.pmc("start", "web")
        self.assertEqual(self.restarts(), {0: 1, 1: 1, 2: 0})
        self.pmc("stop", "web")
        self.pmc("start", "web")                    # what was stopped is started, not restarted
        self.assertEqual(self.restarts(), {0: 1, 1: 1, 2: 0})
        self.assertEqual(self.states("web"), {"online"})

    def test_rule_2_a_namespace_or_all(self):
        self.pmc("start", "tools")
        self.assertEqual(self.restarts(), {0: 0, 1: 0, 2: 1})
        self.pmc("start", "all")
        self.assertEqual(self.restarts(), {0: 1, 1: 1, 2: 2})

    def test_rule_3_a_number_is_an_id_unless_something_has_that_name(self):
        self.pmc("start", "1")
        self.assertEqual(self.restarts(), {0: 0, 1: 1, 2: 0})
        self.pmc("start", self.back, "--name", "0")
        self.pmc("start", "0")
        self.assertEqual(self.restarts(), {0: 0, 1: 1, 2: 0, 3: 1})

    def test_rule_4_the_same_script_and_name_again(self):
        said = self.pmc_fails("start", self.web, "--name", "web")
        self.assertIn("Script already launched, add -f option to force re-execution", said)
        self.assertEqual(self.restarts(), {0: 0, 1: 0, 2: 0})
        self.pmc("start", self.web, "--name", "web", "-f")
        self.assertEqual(self.count(), 4)
        self.pmc("stop", "web")
        self.pmc("start", self.web, "--name", "web")
        self.assertEqual((self.count(), self.states("web")), (4, {"online"}))

    def test_rule_5_else_it_is_new(self):
        said = self.pmc("start", self.web, "--name", "other").stdout
        self.assertIn(f"Starting {self.web} in fork_mode (1 instance)", said)
        self.assertIn("Done.", said)
        self.assertEqual(self.count(), 4)
        self.pmc("start", "sleep", "--name", "program", "--", "1000")
        self.pmc("start", "echo one; exec sleep 1000", "--name", "line")
        self.assertEqual(self.count(), 6)

    # ---- what is not put into the list

    def test_what_is_not_there_is_refused(self):
        for args, words in [
                (["./nosuch.js"], f"Script not found: {self.work}/nosuch.js"),
                (["nosuch.js", "--name", "x"], "Script not found"),
                (["/nowhere/at.all"], "Script not found: /nowhere/at.all"),
                (["nosuch"], "nosuch: no app, file or program"),
                ([self.web, "--name", "x", "--interpreter", "nosuchprogram"],
                 "Interpreter nosuchprogram is NOT AVAILABLE in PATH"),
                (["7"], "7: no app"), (["/nosuch/"], "no app has a name that matches")]:
            with self.subTest(args=args):
                self.assertIn(words, self.pmc_fails("start", *args, cwd=self.work))
                self.assertEqual(self.count(), 3)

    # ---- flags

    def test_every_flag_of_pm2_is_known(self):
        flags = """--namespace ns/--cwd ./-i 1/-i max/--instances 2/--interpreter bash/--interpreter-args -e/--node-args=-e/--node-args=null
            -o a.log -e b.log -l c.log/--output a.log --error b.log --log c.log/-l/--log-type json/--log-date-format YYYY/--time
            --merge-logs/--disable-logs/-a/--update-env/-f/--force/--parallel 2/-p x.pid/--pid x.pid/-k 3000/--kill-timeout 3000
            --listen-timeout 300/--wait-ready --listen-timeout 300/--shutdown-with-message/--max-memory-restart 100M
            --restart-delay 10/--exp-backoff-restart-delay 100/--max-restarts 3/-c */--cron-restart 0/--watch/--watch src
            --ignore-watch a/--watch-delay 4/--watch-delay 4000ms/--ext js,json/--stop-exit-codes 1/-x/--execute-command
            --uid root/--gid root/-u root/--filter-env X/-w/--write/--no-autorestart/--no-autostart/--no-treekill/--no-vizion
            --no-pmx/--no-automation/--no-color/--source-map-support/--disable-source-map-support/--trace/--disable-trace/--v8
            --event-loop-inspector/--deep-monitoring/-m/--mini-list/-s/--silent/--sort name"""
        lines = [flag.split() for line in flags.splitlines() for flag in line.strip().split("/") if flag]
        self.assertGreater(len(lines), 60)
        for words in lines:
            words = ["0 0 * * *" if word == "*" else word for word in words]
            if not is_root() and words[0] in ("--uid", "--gid", "-u"):
                continue
            with self.subTest(flags=words):
                self.pmc("start", "./back.sh", *words, "--name", "flagged", cwd=self.work)
                self.pmc("delete", "flagged", *[word for word in words if word in ("-m", "-s", "--no-color")])

    # ---- without a word

    def test_the_file_that_is_here(self):
        self.eco([{"name": "filed", "script": self.back}], "ecosystem.yml")
        folder = self.work
        for command in ("start", "restart", "reload", "startOrRestart", "startOrReload", "startOrGracefulReload"):
            with self.subTest(command=command):
                self.assertIn("ecosystem.yml", self.pmc(command, cwd=folder).stdout)
                self.assertEqual(self.state("filed"), "online")
        os.mkdir(os.path.join(folder, "empty"))
        for command in ("start", "restart", "startOrRestart", "startOrReload"):
            self.assertIn("no ecosystem file is here", self.pmc_fails(command, cwd=os.path.join(folder, "empty")))

    # ---- what scripts look for

    def test_what_is_said_of_actions(self):
        for args, lines in [
                (["restart", "web"], ["Applying action restartProcessId on app [web](ids: [ 0, 1 ])", "[web](0) ✓", "[web](1) ✓"]),
                (["restart", "0"], ["Applying action restartProcessId on app [0](ids: [ 0 ])"]),
                (["restart", "0", "back"], ["Applying action restartProcessId on app [web](ids: [ 0 ])",
                                            "Applying action restartProcessId on app [back](ids: [ 2 ])"]),
                (["reload", "tools"], ["Applying action reloadProcessId on app [tools](ids: [ 2 ])", "[back](2) ✓"]),
                (["stop", "all"], ["Applying action stopProcessId on app [all](ids: [ 0, 1, 2 ])"]),
                (["start", "web"], ["Applying action restartProcessId on app [web](ids: [ 0, 1 ])"]),
                (["scale", "web", "3"], ["Scaling up application", "[web](3) ✓"]),
                (["scale", "web", "-2"], ["Scaling down application"]),
                (["reset", "back"], ["Resetting meta for process id 2"]),
                (["flush", "back"], ["Flushing:", f"{self.home}/logs/back-out.log", "Logs flushed"]),
                (["flush"], [f"{self.home}/logs/web-out-0.log", f"{self.home}/pmc.log"]),
                (["reloadLogs"], ["All logs reloaded"]),
                (["save"], [f"Successfully saved in {self.home}/dump.pmc"]),
                (["cleardump"], [f"Successfully created {self.home}/dump.pmc, an empty list"]),
                (["delete", "web"], ["Applying action deleteProcessId on app [web](ids: [ 0 ])"])]:
            with self.subTest(args=args):
                said = self.pmc(*args).stdout
                for line in lines:
                    self.assertIn(f"[pmc] {line}\n", said)

    def test_what_is_said_of_a_file(self):
        apps = [{"name": "one", "script": self.web, "instances": 2}, {"name": "two", "script": self.web}]
        said = self.pmc("start", self.eco(apps)).stdout
        self.assertIn("[pmc] App [one] launched (2 instances)\n", said)
        self.assertIn("[pmc] App [two] launched (1 instances)\n", said)
        said = self.pmc("start", self.eco(apps[:1])).stdout
        self.assertIn("Applying action restartProcessId on app [one](ids: [ 3, 4 ])", said)
        self.assertNotIn("launched", said)

    def test_what_is_said_of_nothing(self):
        for args, words in [(["stop", "zzz"], "[pmc][ERROR] Process or Namespace zzz not found"),
                            (["describe", "zzz"], "zzz doesn't exist"),
                            (["stop", "/nosuch/"], "/nosuch/"), (["scale", "back", "1"], "[pmc][ERROR] Nothing to do")]:
            with self.subTest(args=args):
                self.assertIn(words, self.pmc_fails(*args))
        self.pmc("delete", "all")
        self.assertIn("No process found", self.pmc_fails("stop", "all"))
        self.assertTrue(self.pmc("ping").stdout.startswith("{ msg: 'pong' }\n"))

    def test_commands_of_pm2_that_are_not_here_say_what_to_do(self):
        for command, words in [("startup", "what shall run comes back with the daemon"), ("update", "pmc daemon stop"),
                               ("deploy", "startOrReload"), ("module:install", "there are no modules")]:
            with self.subTest(command=command):
                told = self.pmc_fails(command, "anything")
                self.assertIn(f"there is no '{command}' in pmc", told)
                self.assertIn(words, told)

    def test_called_by_the_name_of_pm2_it_says_its_tag(self):
        os.symlink(program("PMC"), os.path.join(self.work, "pm2"))
        done = subprocess.run([os.path.join(self.work, "pm2"), "restart", "web", "zzz"], env=self.env, text=True,
                              capture_output=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("[PM2] [web](0) ✓\n", done.stdout)
        self.assertIn("[PM2][ERROR] Process or Namespace zzz not found\n", done.stderr)
        self.assertEqual(re.findall(r"\[pmc\]", done.stdout + done.stderr), [])

    # ---- what the environment of a command does

    def test_update_env_keeps_what_was_set_for_the_app(self):
        self.pmc("set", "web:color", "blue")
        for command in ("restart", "reload", "start"):
            with self.subTest(command=command):
                self.pmc(command, "all", "--update-env", env={"FRESH": command})
                environment = environment_of(self.pid_of_id(0))
                self.assertEqual((environment["color"], environment["FRESH"]), ("blue", command))
                self.assertNotIn("color", environment_of(self.pid_of("back")))


if __name__ == "__main__":
    main()
