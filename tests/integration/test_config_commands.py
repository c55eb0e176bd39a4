"""Commands about configuration: set and get, schema, init, doctor, and homes that cannot be used. None of them starts a
daemon."""

import glob
import json
import os
import shutil
import subprocess
import threading

import mounts
from pmctest import PmcTest, SOURCE, environment_of, is_root, main, read_file

SLEEPER = "exec sleep 1000"
MODULES = f"{SOURCE}/tests/node_modules"


class Store(PmcTest):
    def stored(self):
        return json.loads(read_file(os.path.join(self.home, "module_conf.json")))

    def test_keys_are_kept_printed_and_forgotten_without_a_daemon(self):
        self.assertEqual(self.pmc("get").stdout, "")
        self.assertFalse(os.path.exists(self.home), "get made a home")
        self.pmc("set", "color", "dark blue")
        self.pmc("set", "app:size", "10M")
        self.pmc("conf", "app.level", "3")
        self.assertEqual(self.stored(), {"color": "dark blue", "app": {"size": "10M", "level": "3"}})
        self.assertEqual(os.stat(os.path.join(self.home, "module_conf.json")).st_mode & 0o777, 0o600)
        self.assertEqual(self.pmc("get", "app:size").stdout, "10M\n")
        self.assertEqual(self.pmc("conf", "color").stdout, "dark blue\n")
        self.assertEqual(self.pmc("get").stdout.splitlines(),
                         ["$ pmc set color 'dark blue'", "$ pmc set app:size 10M", "$ pmc set app:level 3"])
        self.assertEqual(json.loads(self.pmc("get", "app", "--json").stdout), {"size": "10M", "level": "3"})
        self.pmc("unset", "app:size")
        self.assertIn("no key 'app:size'", self.pmc_fails("get", "app:size"))
        self.assertIn("no key 'app:size'", self.pmc_fails("unset", "app:size"))
        self.pmc("unset", "app:level")
        self.assertEqual(self.stored(), {"color": "dark blue"})
        self.pmc("unset", "all")
        self.assertEqual(self.stored(), {})
        self.assertFalse(os.path.exists(self.socket_path()), "a daemon was started")

    def test_multiset_takes_all_or_nothing(self):
        self.pmc("multiset", "a 1 b:c 'two words'")
        self.assertEqual(self.stored(), {"a": "1", "b": {"c": "two words"}})
        for wrong, words in (("x 1 y", "'y' has no value"), ("x 1 a:b 2", "'a' cannot have a value"),
                             ("x 1 b 2", "'b' cannot have"), ("x 1 c: 2", "not 'c:'"), ("x '1", "quote")):
            with self.subTest(text=wrong):
                self.assertIn(words, self.pmc_fails("multiset", wrong))
                self.assertNotIn("x", self.stored())

    def test_a_damaged_store_is_named_and_never_written_over(self):
        self.pmc("set", "a", "1")
        path = os.path.join(self.home, "module_conf.json")
        with open(path, "w") as file:
            file.write('{\n "a": 1,\n')
        for command in (["set", "b", "2"], ["get"], ["unset", "all"]):
            self.assertIn("module_conf.json:3:", self.pmc_fails(*command))
        self.assertEqual(read_file(path), '{\n "a": 1,\n')

    def test_many_at_once_lose_nothing(self):
        clients = [self.client("set", f"many:k{number}", str(number)) for number in range(12)]
        for client in clients:
            self.assertEqual(client.wait(30), 0)
        self.assertEqual(self.stored(), {"many": {f"k{number}": str(number) for number in range(12)}})

    def test_secrets_are_masked_in_lists(self):
        self.pmc("set", "db:password", "hunter2")
        for command in (["get"], ["conf"], ["get", "db"], ["get", "--json"]):
            self.assertNotIn("hunter2", self.pmc(*command).stdout)
        self.assertIn("hunter2", self.pmc("get", "--show-secrets").stdout)
        self.assertEqual(self.pmc("get", "db:password").stdout, "hunter2\n")

    def test_an_app_gets_its_keys_as_variables(self):
        self.pmc("start", self.script("a.sh", SLEEPER), "--name", "web")
        other = self.pmc("start", self.script("b.sh", SLEEPER), "--name", "other") and self.pid_of("other")
        old = self.pid_of("web")
        self.pmc("set", "web:color", "blue", env={"FRESH": "yes"})
        self.assertNotEqual(self.pid_of("web"), old)
        self.assertEqual(self.pid_of("other"), other)
        environment = environment_of(self.pid_of("web"))
        self.assertEqual((environment["color"], environment["FRESH"]), ("blue", "yes"))
        self.assertEqual(json.loads(environment["web"]), {"color": "blue"})
        self.pmc("set", "nobody:color", "red")
        self.pmc("set", "plain", "text")
        self.assertEqual(environment_of(self.pid_of("web")), environment)
        # also what is started later
        self.pmc("delete", "web")
        self.pmc("set", "web:size", "5")
        self.pmc("start", self.script("a.sh", SLEEPER), "--name", "web")
        self.assertEqual(environment_of(self.pid_of("web"))["size"], "5")

    def test_logrotate_keys_are_kept_with_a_word_about_it(self):
        said = self.pmc("multiset", "pm2-logrotate:max_size 10M pm2-logrotate:retain 7").stderr
        self.assertEqual(said.count("not yet obeyed"), 1)
        self.assertEqual(self.stored()["pm2-logrotate"]["retain"], "7")


class Schema(PmcTest):
    def setUp(self):
        super().setUp()
        if not shutil.which("node") or not os.path.isdir(f"{MODULES}/ajv"):
            self.skipTest("needs node and the npm packages of tests/package.json")
        self.schema = self.file("schema.json", self.pmc("schema").stdout)

    def mistakes(self, *files):
        """What the validator finds in each; it fails if the schema is none."""
        done = subprocess.run(["node", f"{SOURCE}/tests/helpers/validate.cjs", self.schema, *files], check=False,
                              env={**self.env, "NODE_PATH": MODULES}, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_examples_are_valid(self):
        files = [path for pattern in ("*.yml", "*/*.yml", "*/*/*.yml", "*/*/*/*.yml")
                 for path in glob.glob(f"{SOURCE}/ecosystem-examples/{pattern}") if "node_modules" not in path]
        self.assertGreater(len(files), 4)
        self.assertEqual({path: found for path, found in self.mistakes(*files).items() if found}, {})
        self.assertFalse(os.path.exists(self.home), "schema made a home")

    def test_every_shape_is_valid_and_mistakes_are_not(self):
        app = {"script": "a.js"}
        good = {
            "list": {"apps": [app]}, "map": {"apps": {"web": app}}, "one": {"apps": app}, "pm2": {"pm2": [app]},
            "pmc": {"pmc": {"web": app}}, "single": app, "bare": [app, {"exec": "b.js"}],
            "beside": {"apps": [app], "x-mine": {"a": 1}, "deploy": {}},
            "include": {"include": ["packages/*/ecosystem.yml"], "defaults": {"time": True}},
            "options": {"script": "a.js", "maxMemoryRestart": "300M", "max_restarts": "5", "kill_timeout": "5s",
                        "instances": "max", "env": {"A": 1, "B": True}, "env_production": {"A": "2"},
                        "env_file": [".env"], "watch": ["src"], "stop_signal": "SIGTERM 5s, SIGKILL",
                        "limits": {"nofile": 1000}, "vizion": False, "windowsHide": True, "args": ["-p", 80],
                        "exec_mode": "cluster_mode", "log": True},
        }
        bad = {
            "no script": {"apps": [{"name": "a"}]}, "unknown": {"script": "a.js", "kil_timeout": 5},
            "unknown beside": {"apps": [app], "app": []}, "bounds": {"script": "a.js", "nice": 40},
            "enum": {"script": "a.js", "log_type": "xml"}, "duration": {"script": "a.js", "kill_timeout": "soon"},
            "kind": {"script": "a.js", "env": ["A=1"]}, "profile": {"script": "a.js", "env_x": "A=1"},
            "empty": {"apps": []}, "text": "apps", "app is a list": {"apps": [["a.js"]]},
            "limit": {"script": "a.js", "limits": {"files": 5}}, "bool": {"script": "a.js", "autorestart": "never"},
        }
        for name, content in {**good, **bad}.items():
            self.file(f"{name}.yml", json.dumps(content))
        found = self.mistakes(*(f"{self.work}/{name}.yml" for name in {**good, **bad}))
        for name in good:
            self.assertEqual(found[f"{self.work}/{name}.yml"], [], name)
        for name in bad:
            self.assertTrue(found[f"{self.work}/{name}.yml"], name)


class Init(PmcTest):
    def lines(self):
        return read_file(f"{self.work}/ecosystem.yml").splitlines()

    def test_the_starter_is_right_and_starts(self):
        self.pmc("init")
        self.assertTrue(self.lines()[0].startswith("# yaml-language-server: $schema=/"))
        self.pmc("validate", "ecosystem.yml", "--strict")
        self.assertFalse(os.path.exists(self.home), "init or validate made a home")
        self.pmc("start")
        self.assertEqual(self.state("app"), "online")

    def test_name_and_script_come_from_package_json(self):
        self.file("package.json", '{"name": "@company/shop", "main": "lib/main.js"}')
        self.file("lib/main.js", "setInterval(() => {}, 1000);\n")
        self.pmc("init", "simple")
        self.assertIn("  - name: shop", self.lines())
        self.assertIn("    script: lib/main.js", self.lines())
        self.assertEqual(self.pmc("validate", "ecosystem.yml", "--strict").stderr, "")
        if shutil.which("node"):
            self.pmc("start")
            self.assertEqual(self.state("shop"), "online")

    def test_odd_packages_do_no_harm(self):
        for text in ("{", "[]", '{"name": "a: #b", "main": "no such"}', '{"name": "all"}', '{"name": 5, "main": {}}'):
            with self.subTest(text=text):
                self.file("package.json", text)
                self.pmc("init", "--force")
                self.pmc("validate", "ecosystem.yml")

    def test_a_file_that_is_there_is_kept(self):
        self.file("ecosystem.yml", "mine\n")
        self.assertIn("--force", self.pmc_fails("init"))
        self.assertEqual(self.lines(), ["mine"])
        self.pmc("ecosystem", "--force")
        self.assertIn("apps:", self.lines())
        self.assertIn("simple", self.pmc_fails("init", "big"))


class Doctor(PmcTest):
    def report(self, code=0, **keywords):
        done = self.pmc("doctor", "--json", check=False, **keywords)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def finding(self, report, part, name):
        return next(check for check in report[part] if check["name"] == name)

    def test_machine_and_home_are_told_without_a_daemon(self):
        report = self.report()
        self.assertTrue(report["ok"])
        for name in ("pidfd_open", "pidfd_getfd", "close_range", "clone3", "child sub-reaper", "cgroup v2", "node",
                     "descriptors (RLIMIT_NOFILE)", "processes (RLIMIT_NPROC)"):
            check = self.finding(report, "machine", name)
            self.assertTrue(check["ok"] or check["without"], check)
        self.assertIn("free", self.finding(report, "home", "disk of the home")["detail"])
        self.assertIn("not there yet", self.finding(report, "home", "home")["detail"])
        self.assertIsNone(report["ping"])
        self.assertFalse(os.path.exists(self.home), "doctor made a home")
        said = self.pmc("doctor").stdout
        self.assertIn("No daemon is running", said)
        self.assertIn("pidfd_open", said)

    def test_node_is_asked_for_its_version(self):
        bin_dir = os.path.dirname(self.file("bin/node", "#!/bin/sh\necho noise; echo v99.1.2 >&3\n", 0o755))
        report = self.report(env={"PATH": f"{bin_dir}:/usr/bin:/bin"})
        self.assertIn("v99.1.2 at ", self.finding(report, "machine", "node")["detail"])
        self.file("bin/node", "#!/bin/sh\nexit 3\n", 0o755)
        report = self.report(env={"PATH": f"{bin_dir}:/usr/bin:/bin"})
        self.assertFalse(self.finding(report, "machine", "node")["ok"])
        os.mkdir(f"{self.work}/empty")
        check = self.finding(self.report(env={"PATH": f"{self.work}/empty"}), "machine", "node")
        self.assertEqual((check["ok"], check["needed"]), (False, False))

    def test_an_interpreter_that_is_gone_is_named_with_and_without_a_daemon(self):
        tool = self.file("bin/tool", "#!/bin/sh\nexec sleep 1000\n", 0o755)
        path = f"{os.path.dirname(tool)}:{self.env['PATH']}"
        self.pmc("start", self.file("a.x", "x\n"), "--name", "odd", "--interpreter", "tool", env={"PATH": path})
        self.pmc("start", self.script("good.sh", SLEEPER), "--name", "good")
        self.assertTrue(self.finding(self.report(), "apps", "scripts and interpreters")["ok"])
        self.pmc("save")
        os.unlink(tool)
        self.assertIn("'tool' is not in its PATH", self.finding(self.report(1), "apps", "app odd")["detail"])
        self.pmc("kill")
        report = self.report(1)
        self.assertIn("'tool' is not in its PATH", self.finding(report, "apps", "app odd")["detail"])
        self.assertEqual(len(report["apps"]), 1)
        self.assertIsNone(report["ping"], "a daemon was started")
        said = self.pmc_fails("doctor")
        self.assertIn("✘ app odd", said)
        self.assertIn("to do: ", said)

    def test_a_home_that_cannot_be_used_is_broken(self):
        os.mkdir(self.home)
        os.chmod(self.home, 0o777)
        check = self.finding(self.report(1), "home", "home")
        self.assertIn("may be written by others", check["detail"])
        self.assertIn("chmod 700", check["advice"])
        os.chmod(self.home, 0o700)
        self.assertTrue(self.finding(self.report(), "home", "home")["ok"])


class Homes(PmcTest):
    """A home that cannot be used is told in a sentence, with what to do, by what starts a daemon and by what does not."""

    def refused(self, *words, **keywords):
        for command in (["set", "a", "b"], ["ping"]):
            said = self.pmc_fails(*command, **keywords)
            for word in words:
                self.assertIn(word, said)

    def as_nobody(self, *command, **env):
        """As a user whom the machine does not know, without HOME."""
        return subprocess.run([*self.for_everybody("PMC"), *command], env={"PATH": self.env["PATH"], **env}, user=54321, group=54321,
                              extra_groups=[], capture_output=True, text=True, check=False, cwd="/")

    def test_no_home_at_all(self):
        if not is_root():
            self.skipTest("needs root to become somebody without a name")
        for command in (["set", "a", "b"], ["get"], ["ping"], ["list"]):
            done = self.as_nobody(*command)
            self.assertEqual(done.returncode, 1, command)
            self.assertIn("set PMC_HOME", done.stderr)
        self.assertEqual(self.as_nobody("doctor").returncode, 1)
        self.assertEqual(self.as_nobody("schema").returncode, 0)
        done = self.as_nobody("set", "a", "b", PMC_HOME="/nowhere/home")
        self.assertIn("cannot make the directory /nowhere", done.stderr)
        self.assertIn("set PMC_HOME", done.stderr)

    def test_HOME_unset_is_the_home_of_the_user(self):
        del self.env["HOME"]
        self.pmc("set", "a", "b")
        self.assertEqual(self.pmc("get", "a").stdout, "b\n")

    def test_somebody_elses_home_with_sudo(self):
        if not is_root():
            self.skipTest("needs root")
        user = os.path.join(self.dir, "user")
        os.mkdir(user)
        os.chown(user, 65534, 65534)
        theirs = {"HOME": user, "PMC_HOME": ""}
        self.refused("belongs to", "sudo -u", env=theirs)
        self.assertEqual(os.listdir(user), [], "a file of root in it")
        os.mkdir(f"{user}/.pmc", 0o700)
        os.chown(f"{user}/.pmc", 65534, 65534)
        self.refused("belongs to", "sudo -u", env=theirs)
        self.assertEqual(os.listdir(f"{user}/.pmc"), [])
        self.assertEqual(self.pmc("doctor", env=theirs, check=False).returncode, 1)

    def on_a_disk_of_its_own(self, test):
        """In a mount namespace that ends with the thread, so that no other test sees the disk."""
        failure = []

        def run():
            try:
                mounts.private_mounts()
                test()
            except BaseException as why:  # pylint: disable=broad-except
                failure.append(why)
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        if failure:
            raise failure[0]

    def test_a_disk_that_is_read_only(self):
        def test():
            disk = os.path.join(self.dir, "disk")
            mounts.mount_tmpfs(disk, "1m")
            os.mkdir(f"{disk}/home", 0o700)
            mounts.remount(disk, "ro")
            for home in (f"{disk}/home", f"{disk}/new"):
                self.refused("read-only", "set PMC_HOME", env={"PMC_HOME": home})
            self.assertEqual(self.pmc("doctor", env={"PMC_HOME": f"{disk}/home"}, check=False).returncode, 1)
        self.on_a_disk_of_its_own(test)

    def test_a_disk_that_is_full(self):
        def test():
            disk = os.path.join(self.dir, "disk")
            mounts.mount_tmpfs(disk, "64k")
            with open(f"{disk}/filler", "wb", buffering=0) as filler, self.assertRaises(OSError):
                while True:
                    filler.write(b"x" * 4096)
            said = self.pmc_fails("set", "a", "b", env={"PMC_HOME": f"{disk}/home"})
            self.assertIn("the disk is full", said)
            self.assertIn("set PMC_HOME", said)
            report = json.loads(self.pmc("doctor", "--json", env={"PMC_HOME": f"{disk}/home"}, check=False).stdout)
            self.assertFalse(report["ok"])
        self.on_a_disk_of_its_own(test)


if __name__ == "__main__":
    main()
