"""Environments: real Node apps write down what they were given, from profiles, env files and included packages."""

import json
import os

from pmctest import PmcTest, main, read_file, wait_until

SHOW = """
const fs = require('fs'), file = `${__dirname}/seen.${process.env.NODE_APP_INSTANCE ?? process.env.WORKER}`;
fs.writeFileSync(file + '.new', JSON.stringify({env: process.env, pid: process.pid, args: process.argv.slice(2),
                                                cwd: process.cwd()}));
fs.renameSync(file + '.new', file);
setInterval(() => {}, 1e6);
"""


class Environment(PmcTest):
    def seen(self, name, number=0, folder="."):
        """What the running instance wrote down."""
        pids = [view["pid"] for view in self.instances(name)]

        def written():
            text = read_file(os.path.join(self.work, folder, f"seen.{number}"))
            told = json.loads(text) if text else {}
            return told if told.get("pid") in pids else None
        return wait_until(written, what=f"{name}:{number} has written down its environment")

    def variables(self, name, number=0, folder="."):
        return self.seen(name, number, folder)["env"]

    def setUp(self):
        super().setUp()
        self.file("show.js", SHOW)

    # ---- profiles

    def test_a_profile_is_chosen_by_each_command_that_names_the_file(self):
        file = self.eco("""\
- name: web
  script: show.js
  env: {MODE: plain, BOTH: plain}
  env_production: {MODE: production, EXTRA: "1"}
""")
        self.pmc("start", file, "--env", "production")
        env = self.variables("web")
        self.assertEqual((env["MODE"], env["BOTH"], env["EXTRA"]), ("production", "plain", "1"))
        self.pmc("restart", "web")
        self.assertEqual(self.variables("web")["MODE"], "production")
        self.pmc("restart", file)
        env = self.variables("web")
        self.assertEqual(env["MODE"], "plain")
        self.assertNotIn("EXTRA", env)

    def test_a_profile_that_no_app_has_is_a_warning(self):
        file = self.eco("- {name: web, script: show.js, env_production: {A: 1}}\n")
        told = self.pmc("start", file, "--env", "staging").stderr
        self.assertIn("Environment [staging] is not defined in process file", told)
        self.assertNotIn("A", self.variables("web"))

    def test_a_profile_needs_a_file(self):
        file = self.eco("- {name: web, script: show.js}\n")
        self.pmc("start", file)
        before = self.pids()
        for command in ("start", "restart", "stop", "delete"):
            told = self.pmc_fails(command, "web", "--env", "production")
            self.assertIn("Using --env [env] without passing the ecosystem.config.js does not work", told)
        self.assertEqual(self.pids(), before)

    def test_arguments_of_a_text_are_split_as_by_pm2(self):
        file = self.eco("- name: web\n  script: show.js\n  args: a \"b c\" --x=\"1 2\" --y='3 4' z\n")
        self.pmc("start", file)
        self.assertEqual(self.seen("web")["args"], ["a", "b c", '--x="1 2"', "--y='3 4'", "z"])
        self.pmc("restart", "web")
        self.assertEqual(self.seen("web")["args"], ["a", "b c", '--x="1 2"', "--y='3 4'", "z"])

    def test_a_variable_or_an_option_that_left_the_file_is_gone(self):
        file = self.eco("- {name: web, script: show.js, args: [x], env: {KEEP: 1, DROP: 1}}\n")
        self.pmc("start", file, env={"FROM_SHELL": "start"})
        self.assertEqual(self.variables("web")["DROP"], "1")
        self.eco("- {name: web, script: show.js, env: {KEEP: 2}}\n")
        self.pmc("restart", file, env={"FROM_SHELL": "restart"})
        seen = self.seen("web")
        self.assertEqual(seen["args"], [])
        self.assertEqual(seen["env"]["KEEP"], "2")
        self.assertNotIn("DROP", seen["env"])
        self.assertEqual(seen["env"]["FROM_SHELL"], "start", "the shell's variables come only with --update-env")
        self.pmc("restart", file, "--update-env", env={"FROM_SHELL": "restart"})
        self.assertEqual(self.variables("web")["FROM_SHELL"], "restart")

    # ---- env files

    def test_env_files_lie_between_defaults_and_env(self):
        self.file(".env", "# all\nexport A=file\nB='${A}'\nC=\"${A}\\nline\"\nD=file # four\nE=`tick`\n")
        self.file("more.env", "A=more\r\nF=${B:-none} ${NONE:-else}\r\n")
        self.file(".env.production", "A=of production\n")
        file = self.eco("""\
apps:
  - name: web
    script: show.js
    env_file: [.env, more.env]
    env: {D: own}
defaults:
  env: {A: default, G: default}
""")
        self.pmc("start", file, env={"G": "shell", "H": "shell"})
        env = self.variables("web")
        self.assertEqual([env.get(name) for name in "ABCDEFGH"],
                         ["more", "${A}", "file\nline", "own", "tick", "${A} else", "default", "shell"])
        self.eco(read_file(file).replace("[.env, more.env]", ".env"))
        self.pmc("restart", file, "--env", "production")
        env = self.variables("web")
        self.assertEqual((env["A"], env["C"]), ("of production", "file\nline"))
        self.assertNotIn("F", env)

    def test_mistakes_of_env_files_have_their_places_and_nothing_is_started(self):
        self.file("bad.env", "A=1\nB 2\nC=\"open\n")
        file = self.eco("""\
- name: web
  script: show.js
  env_file:
    - bad.env
    - none.env
""")
        told = self.pmc_fails("start", file, cwd=self.work)
        self.assertIn("bad.env:2:3: expected NAME=value; comments begin with #", told)
        self.assertIn("bad.env:3:3: the quote \" is not closed", told)
        self.assertIn(f"{file}:5:7: the env file none.env cannot be read: no such file or directory", told)
        self.assertEqual(self.instances(), [])

    # ---- interpolation

    def test_yaml_takes_variables_of_the_caller(self):
        file = self.eco("""\
- name: ${APP:-web}
  script: show.js
  args: ["${WHO} $WHO $${WHO}", "$$"]
  instances: ${COUNT:-1}
  env: {PORT: "${PORT:-3000}", TOKEN: "${TOKEN}"}
  env_other: {X: "${NEVER_SET}"}
""")
        told = self.pmc_fails("start", file, env={"WHO": "me"})
        self.assertIn("5:39: the variable TOKEN is not set; set it, or give a default: ${TOKEN:-value}", told)
        self.pmc("start", file, env={"WHO": "me", "TOKEN": "t=1", "COUNT": "2"})
        seen = self.seen("web", 1)
        self.assertEqual(seen["args"], ["me $WHO ${WHO}", "$$"])
        self.assertEqual((seen["env"]["PORT"], seen["env"]["TOKEN"]), ("3000", "t=1"))
        self.pmc("delete", file)
        self.assertEqual(self.instances(), [])

    def test_json_is_taken_as_pm2_takes_it(self):
        self.file("eco.json", json.dumps([{"name": "web", "script": "show.js", "args": ["${WHO}"]}]))
        self.pmc("start", "eco.json", env={"WHO": "me"})
        self.assertEqual(self.seen("web")["args"], ["${WHO}"])

    # ---- names, numbers, filters

    def test_names_with_prefix_and_profile_and_only(self):
        file = self.eco("""\
- {name: a, script: show.js, name_prefix: team, append_env_to_name: true}
- {name: b, script: show.js}
- {name: c, script: show.js}
""")
        self.pmc("start", file, "--env", "prod", "--only", "a,c")
        self.assertEqual(sorted(view["name"] for view in self.instances()), ["c", "team:a-prod"])
        told = self.pmc_fails("restart", file, "--only", "b zz")
        self.assertIn("there is no app 'zz' in it, nothing was done", told)
        self.assertIn("team:a, b, c", told)
        self.pmc("stop", file, "--only", "c")
        self.assertEqual(self.state("c"), "stopped")
        self.pmc("delete", file, "--only", "a", "--env", "prod")
        self.assertEqual([view["name"] for view in self.instances()], ["c"])

    def test_instances_have_numbers_of_their_own(self):
        file = self.eco("""\
- name: web
  script: show.js
  instances: 3
  instance_var: WORKER
  increment_var: PORT
  env: {PORT: 8000}
""")
        self.pmc("start", file)
        seen = [self.variables("web", number) for number in range(3)]
        self.assertEqual([env["WORKER"] for env in seen], ["0", "1", "2"])
        self.assertEqual([env["PORT"] for env in seen], ["8000", "8001", "8002"])
        self.assertNotIn("NODE_APP_INSTANCE", seen[0])

    def test_flags_over_a_file(self):
        os.mkdir(f"{self.work}/there")
        file = self.eco("- {name: web, script: show.js}\n")
        self.pmc("start", file, "-i", "2", "--cwd", "there", "--namespace", "two", "--filter-env", "SECRET",
                 env={"MY_SECRET_1": "x"})
        self.assertEqual([view["namespace"] for view in self.instances()], ["two", "two"])
        seen = self.seen("web", 1)
        self.assertEqual(seen["cwd"], f"{self.work}/there")
        self.assertNotIn("MY_SECRET_1", seen["env"])

    def test_what_is_filtered_of_the_callers_environment(self):
        shell = {"KEY": "1", "KEY_2": "2", "OTHER": "3"}
        cases = {"KEY": (None, "2", "3"), "[KEY]": (None, None, "3"), "[=KEY, OTH]": (None, "2", None),
                 "true": (None, None, None), "false": ("1", "2", "3")}
        file = self.eco("- {name: web, script: show.js}\n")
        for filtered, left in cases.items():
            with self.subTest(filtered):
                self.eco(f"- {{name: web, script: show.js, filter_env: {filtered}, env: {{OWN_KEY: kept}}}}\n")
                self.pmc("start", file, env=shell)
                env = self.variables("web")
                self.assertEqual(tuple(env.get(name) for name in shell), left)
                self.assertEqual(env["OWN_KEY"], "kept")

    def test_what_is_filtered_is_not_stored_either(self):
        file = self.eco("- {name: web, script: show.js, filter_env: [TOKEN]}\n")
        self.pmc("start", file, env={"MY_TOKEN": "hunter2-first"})
        self.pmc("restart", "web", "--update-env", env={"MY_TOKEN": "hunter2-second", "NEW": "1"})
        env = self.variables("web")
        self.assertEqual((env.get("MY_TOKEN"), env.get("NEW")), (None, "1"))
        stored = b"".join(read_file(os.path.join(self.home, name), "rb") for name in os.listdir(self.home)
                          if name.startswith("state.db"))
        self.assertIn(b"show.js", stored)
        self.assertNotIn(b"hunter2", stored)

    # ---- what the manager says

    def test_children_get_the_small_set_and_nothing_else(self):
        file = self.eco("- {name: web, script: show.js, namespace: space, instances: 2}\n")
        self.pmc("start", file, env={"name": "of the shell"})
        env = self.variables("web", 1)
        view = self.described("web")[1]
        self.assertEqual(env["PM2_HOME"], self.home)
        self.assertEqual((env["pm_id"], env["NODE_APP_INSTANCE"], env["instances"]), ("1", "1", "2"))
        self.assertEqual((env["name"], env["namespace"], env["exec_mode"]), ("web", "space", "fork_mode"))
        self.assertEqual((env["pm_exec_path"], env["pm_cwd"]), (f"{self.work}/show.js", self.work))
        self.assertEqual((env["pm_out_log_path"], env["pm_err_log_path"]), (view["out_path"], view["err_path"]))
        self.assertEqual((env["unique_id"], env["restart_time"]), (view["unique_id"], "0"))
        self.assertGreater(int(env["pm_uptime"]), 1e12)
        known = {"PM2_HOME", "PMC_HOME", "PMC_INSTANCE", "pm_id", "NODE_APP_INSTANCE", "name", "namespace",
                 "exec_mode", "pm_exec_path", "pm_cwd", "unique_id", "restart_time", "instances",
                 "pm_out_log_path", "pm_err_log_path", "pm_uptime", "NODE_CHANNEL_FD",
                 "NODE_CHANNEL_SERIALIZATION_MODE", "PWD", "SHLVL", "_", "OLDPWD"}
        self.assertEqual(set(env) - known - set(self.env), set())

    def test_the_apps_own_words_win_but_not_who_it_is(self):
        file = self.eco("- {name: web, script: show.js, env: {name: mine, instances: many, PM2_HOME: /else, "
                        "pm_id: 77, unique_id: mine}}\n")
        self.pmc("start", file)
        env = self.variables("web")
        self.assertEqual((env["name"], env["instances"], env["PM2_HOME"]), ("mine", "many", "/else"))
        self.assertEqual(env["pm_id"], "0")
        self.assertNotEqual(env["unique_id"], "mine")

    # ---- one ecosystem over many packages

    def make_monorepo(self):
        for package, port in (("api", 1), ("web", 2)):
            os.makedirs(f"{self.work}/packages/{package}")
            self.file(f"packages/{package}/show.js", SHOW)
            self.file(f"packages/{package}/package.json", json.dumps({"name": package, "version": f"{port}.2.3"}))
            self.file(f"packages/{package}/pmc.yml", f"""\
defaults:
  env: {{PACKAGE: {package}}}
apps:
  - name: {package}
    script: show.js
    env_file: local.env
    autorestart: false
""")
            self.file(f"packages/{package}/local.env", f"PORT={port}\n")
        return self.file("eco.yml", """\
include:
  - packages/*/pmc.yml
defaults:
  namespace: shop
  kill_timeout: 3s
  env: {SHARED: everywhere, PACKAGE: none}
  env_production: {MODE: production}
""")

    def test_a_monorepo_by_include(self):
        self.pmc("start", self.make_monorepo(), "--env", "production")
        for package, port in (("api", "1"), ("web", "2")):
            seen = self.seen(package, 0, f"packages/{package}")
            env = seen["env"]
            self.assertEqual((env["PORT"], env["PACKAGE"], env["SHARED"], env["MODE"]),
                             (port, package, "everywhere", "production"))
            self.assertEqual(seen["cwd"], f"{self.work}/packages/{package}")
            view = self.described(package)[0]
            self.assertEqual((view["namespace"], view["version"]), ("shop", f"{port}.2.3"))
        versions = {app["name"]: app["pm2_env"]["version"] for app in json.loads(self.pmc("jlist").stdout)}
        self.assertEqual(versions, {"api": "1.2.3", "web": "2.2.3"})
        self.pmc("delete", "eco.yml")
        self.assertEqual(self.instances(), [])

    def test_a_name_in_two_files_is_a_mistake_that_names_both_places(self):
        self.make_monorepo()
        self.file("packages/web/pmc.yml", "apps:\n  - name: api\n    script: show.js\n")
        told = self.pmc_fails("start", "eco.yml")
        self.assertIn("packages/web/pmc.yml:2:11: two apps are called 'api'; the other is at "
                      "packages/api/pmc.yml:4:11", told)
        self.assertEqual(self.instances(), [])


if __name__ == "__main__":
    main()
