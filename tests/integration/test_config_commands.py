"""Commands about configuration: set and get, schema, init, doctor, and homes that cannot be used. None of them starts a
daemon."""

import glob
import json
import os
import shutil
import subprocess

from pmctest import PmcTest, SOURCE, environment_of, main, read_file

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


if __name__ == "__main__":
    main()
