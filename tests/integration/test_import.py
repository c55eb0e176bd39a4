"""pmc import pm2: a saved list of PM2 (as PM2 7 writes it) becomes ours, and its apps run as they did."""

import json
import os
import pty
import subprocess

from pmctest import PmcTest, environment_of, main, read_file

AGENT = {"axm_actions": [], "axm_monitor": {}, "axm_options": {"module_name": "x"}, "axm_dynamic": {}}


class Import(PmcTest):
    def setUp(self):
        super().setUp()
        self.pm2 = os.path.join(self.dir, ".pm2")
        os.mkdir(self.pm2)
        self.sleeper = self.script("sleeper.sh", "exec sleep 1000")

    def record(self, name, pm_id, number=0, **more):
        """One process as PM2 saves it: options, facts and every variable once more at the top."""
        variables = {"PATH": self.env["PATH"], "PM2_HOME": self.pm2, "PM2_USAGE": "CLI", "PM2_JSON_PROCESSING": "true",
                     "unique_id": "9c87be5d", name: "{}", "API_TOKEN": "hunter2", "NUMBER": 5, "JSON": '{"x":1}'}
        variables.update(more.pop("env", {}))
        return {
            "name": name, "namespace": "default", "pm_exec_path": self.sleeper, "pm_cwd": self.work,
            "exec_interpreter": "none", "exec_mode": "fork_mode", "args": [], "node_args": [], "autostart": True,
            "autorestart": True, "watch": False, "treekill": True, "vizion": True, "pmx": True, "automation": True,
            "windowsHide": True, "username": "root", "kill_retry_time": 100, "merge_logs": True, "km_link": False,
            "instance_var": "NODE_APP_INSTANCE", "NODE_APP_INSTANCE": number, "vizion_running": False,
            "pm_out_log_path": f"{self.pm2}/logs/{name}-out.log", "pm_err_log_path": f"{self.pm2}/logs/{name}-error.log",
            "pm_pid_path": f"{self.pm2}/pids/{name}-{pm_id}.pid", "status": "online", "pm_uptime": 1795229247838,
            "created_at": 1795229247838, "restart_time": 3, "unstable_restarts": 0, "version": "1.0.0",
            "node_version": "20.20.2", "_pm2_version": "7.0.4", **AGENT, **variables, "env": variables, **more}

    def save(self, *records, name="dump.pm2"):
        path = os.path.join(self.pm2, name)
        with open(path, "w") as file:
            json.dump(records, file, indent=2)
        return path

    def saved(self):
        return {app["name"]: app for app in json.loads(read_file(os.path.join(self.home, "dump.pmc")))}

    def test_apps_run_as_they_did_after_import_and_resurrect(self):
        path = self.save(
            self.record("web", 0, 0, merge_logs=False, pm_out_log_path=f"{self.work}/web-out-0.log", kill_timeout=3000,
                        env_production={"A": "2"}),
            self.record("web", 3, 1, merge_logs=False, pm_out_log_path=f"{self.work}/web-out-3.log", kill_timeout=3000),
            self.record("off", 1, namespace="tools", status="stopped", args=["a", "b c"]),
            self.record("gone", 2, status="errored"))
        before = read_file(path), os.stat(path).st_mtime_ns, sorted(os.listdir(self.pm2))
        said = self.pmc("import", "pm2").stdout
        self.assertFalse(os.path.exists(self.socket_path()), "a daemon was started")
        self.assertEqual((read_file(path), os.stat(path).st_mtime_ns, sorted(os.listdir(self.pm2))), before)
        self.assertIn("pmc resurrect", said)
        self.assertNotIn("hunter2", said)
        self.assertEqual(os.stat(os.path.join(self.home, "dump.pmc")).st_mode & 0o777, 0o600)
        self.pmc("resurrect")
        states = [(view["name"], view["number"], view["state"]) for view in self.instances()]
        self.assertEqual(states, [("gone", 0, "online"), ("off", 0, "stopped"), ("web", 0, "online"), ("web", 1, "online")])
        environment = environment_of(next(view["pid"] for view in self.instances("web")))
        self.assertEqual((environment["API_TOKEN"], environment["NUMBER"], environment["JSON"]), ("hunter2", "5", '{"x":1}'))
        self.assertNotEqual(environment.get("unique_id"), "9c87be5d")
        self.assertNotIn("PM2_JSON_PROCESSING", environment)
        self.assertNotEqual(environment.get("PM2_HOME"), self.pm2)
        spec = self.saved()["web"]["spec"]
        self.assertEqual((spec["instances"], spec["out_file"], spec["kill_timeout"], spec["env_production"]),
                         (2, f"{self.work}/web-out.log", 3000, {"A": "2"}))
        self.assertNotIn("pid_file", spec)
        self.assertEqual(self.saved()["off"]["spec"]["args"], ["a", "b c"])

    def test_each_option_is_told_what_became_of_it(self):
        self.save(self.record("web", 0, kill_timeout=3000, source_map_support=True, stop_exit_codes=["x"], watch=["src"]))
        done = self.pmc("import", "pm2", "--dry-run", check=False)
        said = [" ".join(line.split()) for line in done.stdout.splitlines()]
        self.assertIn("taken kill_timeout: 3000", said)
        self.assertTrue(any(line.startswith("no effect source_map_support: true;") for line in said), said)
        self.assertTrue(any(line.startswith("not taken stop_exit_codes:") for line in said), said)
        self.assertTrue(any("watch:" in line for line in said), said)
        self.assertIn("taken env: 4 variables; 5 of PM2's own left out", said)
        for usual in ("vizion", "username", "autorestart", "treekill", "axm"):
            self.assertNotIn(usual, done.stdout)
        self.assertEqual(done.returncode, 1, "an option was not taken")
        self.assertFalse(os.path.exists(self.home), "--dry-run wrote something")

    def test_what_is_saved_here_already_stays(self):
        self.pmc("start", self.sleeper, "--name", "web")
        self.pmc("save")
        before = self.saved()["web"]
        self.save(self.record("web", 0), self.record("new", 1))
        said = self.pmc("import", "pm2").stderr
        self.assertIn("web is in the saved list already", said)
        self.assertEqual(self.saved()["web"], before)
        self.assertEqual(set(self.saved()), {"web", "new"})
        self.assertEqual([app["name"] for app in json.loads(read_file(os.path.join(self.home, "dump.pmc.bak")))], ["web"])

    def test_two_apps_of_one_name_and_modules(self):
        other = self.script("other.sh", "exec sleep 1000")
        self.save(self.record("web", 0), self.record("web", 1, pm_exec_path=other),
                  self.record("pm2-logrotate", 2, pmx_module=True))
        said = self.pmc("import", "pm2").stderr
        self.assertIn("web-2", said)
        self.assertIn("pm2-logrotate is a module", said)
        self.assertEqual({name: app["spec"]["script"] for name, app in self.saved().items()},
                         {"web": self.sleeper, "web-2": other})

    def test_a_damaged_list_gives_way_to_the_one_before(self):
        with open(os.path.join(self.pm2, "dump.pm2"), "w") as file:
            file.write('[{"name": "we')
        self.assertIn("dump.pm2:1:", self.pmc_fails("import", "pm2"))
        self.save(self.record("web", 0), name="dump.pm2.bak")
        self.assertIn("dump.pm2.bak", self.pmc("import", "pm2").stderr)
        self.assertEqual(set(self.saved()), {"web"})

    def test_wrong_words_and_records(self):
        self.assertIn("only pm2", self.pmc_fails("import", "forever"))
        self.assertIn("--from", self.pmc_fails("import", "pm2", "--from", "nowhere"))
        self.save({"name": "half"}, 5, self.record("all", 0), self.record("good", 1))
        self.assertIn("without name or script", self.pmc_fails("import", "pm2"))
        self.assertEqual(set(self.saved()), {"good"})

    def ping_on_a_terminal(self):
        """What the first `pmc ping` says on a terminal (stderr), and what goes into a pipe (stdout)."""
        main_end, terminal = pty.openpty()
        done = subprocess.run([self.pmc_path, "ping"], env=self.env, stdout=subprocess.PIPE, stderr=terminal, check=True)
        os.write(terminal, b"\nend\n")
        os.close(terminal)
        said = b""
        while b"end" not in said:
            said += os.read(main_end, 4096)
        os.close(main_end)
        return said.decode(), done.stdout.decode()

    def test_the_first_command_tells_a_person_how_to_take_it_over_once(self):
        self.save(self.record("web", 0))
        said, data = self.ping_on_a_terminal()
        self.assertEqual(said.count("pmc import pm2"), 1)
        self.assertNotIn("import", data)
        self.pmc("kill")
        self.assertNotIn("import", self.ping_on_a_terminal()[0])

    def test_scripts_are_told_nothing(self):
        self.save(self.record("web", 0))
        done = self.pmc("list")
        self.assertNotIn("import", done.stdout + done.stderr)


if __name__ == "__main__":
    main()
