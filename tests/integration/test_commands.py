"""The commands as a person types them: targets, exit codes, what they print."""

import json
import os
import signal

from pmctest import PmcTest, alive, environment_of, main, read_file, send_signal, wait_until

SLEEPER = "exec sleep 1000"


class Commands(PmcTest):
    def start(self, name, text=SLEEPER, *options):
        return self.pmc("start", self.script(f"{name}.sh", text), "--name", name, *options)

    # ---- daemon

    def test_ping_starts_the_daemon_and_help_does_not(self):
        self.assertIn("start", self.pmc("--help").stdout)
        self.pmc("--version")
        self.assertFalse(os.path.exists(self.home), "help made a home")
        self.assertIn("pong", self.pmc("ping").stdout)
        self.assertTrue(alive(self.engine_pid()) and alive(self.keeper_pid()))
        self.assertEqual(os.stat(self.home).st_mode & 0o777, 0o700)
        self.assertEqual(os.stat(self.socket_path()).st_mode & 0o777, 0o600)

    def test_daemon_stop_keeps_what_is_wanted_and_kill_forgets_it(self):
        self.start("web")
        self.start("off")
        self.pmc("stop", "off")
        old = self.pid_of("web")
        daemon = [self.engine_pid(), self.keeper_pid()]
        self.pmc("daemon", "stop")
        for pid in daemon + [old]:
            self.wait_gone(pid)
        self.wait_state("web", "online")
        self.assertNotEqual(self.pid_of("web"), old)
        self.assertEqual(self.state("off"), "stopped")
        self.pmc("kill")
        self.assertEqual(self.instances(), [])

    def test_a_daemon_that_starts_with_mistakes_in_its_settings_has_the_caller_told(self):
        os.mkdir(self.home, 0o700)
        with open(os.path.join(self.home, "pmcd.ini"), "w") as file:
            file.write("secret_nams = PASS\n")
        first = self.pmc("ping")
        self.assertIn("pmcd.ini:1:1: unknown setting 'secret_nams'; did you mean 'secret_names'?", first.stderr)
        self.assertEqual(self.pmc("ping").stderr, "")

    def test_a_mistake_on_the_command_line_is_an_error_as_any_other(self):
        result = self.pmc("start", self.script("a.sh", SLEEPER), "--name", "all", check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("[ERROR] name must not be 'all'", result.stderr)

    def test_doctor_and_ping_tell_facts(self):
        self.pmc("ping")
        self.assertIn("pidfd", self.pmc("doctor").stdout)

    # ---- targets

    def test_targets_name_id_all_namespace_regex_instance(self):
        self.start("api-1")
        self.start("api-2")
        self.start("web", SLEEPER, "--namespace", "front", "-i", "2")
        ids = {(view["name"], view["number"]): view["pm_id"] for view in self.instances()}

        def stopped():
            found = {(view["name"], view["number"]) for view in self.instances() if view["state"] == "stopped"}
            self.pmc("start", "all")
            return found
        for target, expected in [
                ("api-1", {("api-1", 0)}),
                (str(ids["api-2", 0]), {("api-2", 0)}),
                ("/^api/", {("api-1", 0), ("api-2", 0)}),
                ("front", {("web", 0), ("web", 1)}),
                ("web:1", {("web", 1)}),
                ("all", set(ids))]:
            with self.subTest(target=target):
                self.pmc("stop", target)
                self.assertEqual(stopped(), expected)

    def test_a_number_is_a_name_before_it_is_an_id(self):
        self.start("first")
        self.start("0")
        self.pmc("stop", "0")
        self.assertEqual((self.state("first"), self.state("0")), ("online", "stopped"))

    def test_all_targets_are_handled_when_one_is_unknown(self):
        self.start("a")
        self.assertIn("zzz", self.pmc_fails("stop", "zzz", "a"))
        self.assertEqual(self.state("a"), "stopped")
        self.assertIn("worker", self.pmc_fails("restart", "worker"))

    def test_an_unknown_command_suggests(self):
        self.assertIn("restart", self.pmc_fails("restrat", "a"))

    # ---- start, stop, restart, delete

    def test_start_gives_arguments_and_environment_of_the_caller(self):
        path = self.script("show.sh", 'echo "got:$*"; echo "mark:$MARK"; exec sleep 1000')
        self.pmc("start", path, "--name", "show", "--", "--lines", "two words", env={"MARK": "first"})
        self.wait_log("show", "got:--lines two words")
        self.wait_log("show", "mark:first")
        self.pmc("ping", env={"MARK": "other"})
        self.pmc("restart", "show", env={"MARK": "second"})
        self.assertEqual(environment_of(self.pid_of("show"))["MARK"], "first")
        self.pmc("restart", "show", "--update-env", env={"MARK": "third"})
        self.assertEqual(environment_of(self.pid_of("show"))["MARK"], "third")

    def test_the_app_does_not_get_the_daemons_environment(self):
        self.pmc("ping", env={"OF_THE_DAEMON": "1"})
        self.start("a")
        self.assertNotIn("OF_THE_DAEMON", environment_of(self.pid_of("a")))

    def test_stop_and_start_by_name_and_the_counts(self):
        self.start("a")
        first = self.pid_of("a")
        self.pmc("stop", "a")
        self.assertFalse(alive(first))
        self.assertEqual((self.state("a"), self.pid_of("a")), ("stopped", 0))
        self.pmc("stop", "a")
        self.pmc("start", "a")
        self.assertEqual(self.instance("a")["restarts"], 0)
        self.pmc("restart", "a")
        self.assertEqual(self.instance("a")["restarts"], 1)
        self.pmc("reset", "a")
        self.assertEqual(self.instance("a")["restarts"], 0)
        self.pmc("delete", "a")
        self.pmc_fails("describe", "a")

    def test_ids_start_from_0_again_when_the_list_is_empty(self):
        self.start("a")
        self.start("b")
        self.pmc("delete", "a")
        self.start("c")
        self.assertEqual(self.instance("c")["pm_id"], 2)
        self.pmc("delete", "all")
        self.start("d")
        self.assertEqual(self.instance("d")["pm_id"], 0)

    def test_start_of_a_script_that_is_online_is_refused(self):
        path = self.script("a.sh", SLEEPER)
        self.pmc("start", path)
        self.pmc_fails("start", path)
        self.pmc("start", path, "-f")
        self.assertEqual(len(self.instances("a")), 2)

    def test_start_reports_what_exec_said_and_starts_the_others(self):
        file = self.eco([{"name": "good", "script": self.script("good.sh", SLEEPER)},
                         {"name": "bad", "script": self.file("bad", "no program", 0o644), "interpreter": "none"}])
        said = self.pmc_fails("start", file)
        self.assertIn("ermission denied", said)
        self.assertEqual((self.state("good"), self.state("bad")), ("online", "errored"))

    def test_a_shell_command_line(self):
        self.pmc("start", "echo from a shell; sleep 1000", "--name", "line")
        self.wait_log("line", "from a shell")

    def test_autostart_false_is_listed_but_not_run(self):
        self.pmc("start", self.eco([{"name": "a", "script": self.script("a.sh", SLEEPER), "autostart": False}]))
        self.assertEqual(self.state("a"), "stopped")
        self.pmc("start", "a")
        self.assertEqual(self.state("a"), "online")

    def test_scale_up_down_and_relative(self):
        self.start("a", SLEEPER, "-i", "2")
        kept = {view["number"]: view["pid"] for view in self.instances("a")}
        for to, count in (("4", 4), ("+1", 5), ("-2", 3), ("1", 1)):
            with self.subTest(to=to):
                self.pmc("scale", "a", to)
                self.assertEqual([view["number"] for view in self.instances("a")], list(range(count)))
                self.assertEqual(self.instances("a")[0]["pid"], kept[0], "instance 0 stays")
        self.pmc_fails("scale", "zzz", "2")

    def test_instances_have_numbers_of_their_own(self):
        self.start("a", SLEEPER, "-i", "3")
        numbers = {environment_of(view["pid"])["NODE_APP_INSTANCE"] for view in self.instances("a")}
        self.assertEqual(numbers, {"0", "1", "2"})

    # ---- an ecosystem file is the full truth

    def test_removed_variables_and_apps_changed_in_the_file(self):
        script = self.script("a.sh", SLEEPER)
        self.pmc("start", self.eco([{"name": "a", "script": script, "env": {"ONE": "1", "TWO": "2"}, "kill_timeout": 100}]))
        self.pmc("restart", self.eco([{"name": "a", "script": script, "env": {"TWO": "zwei"}}]))
        env = environment_of(self.pid_of("a"))
        self.assertEqual((env.get("ONE"), env["TWO"]), (None, "zwei"))
        self.assertNotEqual(self.described("a")[0]["spec"].get("kill_timeout"), 100)

    def test_a_file_says_how_many_instances(self):
        script = self.script("a.sh", SLEEPER)
        self.pmc("start", self.eco([{"name": "a", "script": script, "instances": 3}]))
        self.pmc("restart", self.eco([{"name": "a", "script": script, "instances": 2}]))
        self.assertEqual(len(self.instances("a")), 2)

    def test_stop_and_delete_take_a_file(self):
        file = self.eco([{"name": name, "script": self.script("a.sh", SLEEPER)} for name in "ab"])
        self.pmc("start", file)
        self.start("other")
        self.pmc("stop", file)
        self.assertEqual([self.state(name) for name in ("a", "b", "other")], ["stopped", "stopped", "online"])
        self.pmc("delete", file)
        self.assertEqual([view["name"] for view in self.instances()], ["other"])

    def test_validate_needs_no_daemon(self):
        good = self.eco([{"name": "a", "script": self.script("a.sh", SLEEPER)}])
        self.pmc("validate", good)
        bad = self.eco("apps:\n  - name: a\n    script: a.sh\n    kil_timeout: 5s\n", "bad.yml")
        said = self.pmc_fails("validate", bad)
        self.assertIn("bad.yml:4:5:", said)
        self.assertIn("kill_timeout", said)
        self.assertFalse(os.path.exists(self.socket_path()))

    # ---- looking

    def test_jlist_has_the_members_of_pm2(self):
        self.start("a", SLEEPER, "-i", "2")
        self.pmc("stop", "a:1")
        first, second = json.loads(self.pmc("jlist").stdout)
        self.assertEqual(set(first) & {"pid", "name", "pm2_env", "pm_id", "monit"},
                         {"pid", "name", "pm2_env", "pm_id", "monit"})
        self.assertEqual((first["pm2_env"]["status"], second["pm2_env"]["status"], second["pid"]),
                         ("online", "stopped", 0))
        for member, kind in [("pm_uptime", int), ("created_at", int), ("restart_time", int), ("exec_mode", str),
                             ("pm_exec_path", str), ("pm_cwd", str), ("pm_out_log_path", str), ("namespace", str),
                             ("unique_id", str), ("username", str), ("env", dict), ("args", list), ("watch", bool)]:
            self.assertIsInstance(first["pm2_env"][member], kind, member)
        self.assertEqual(set(first["monit"]), {"memory", "cpu"})
        self.assertGreater(first["monit"]["memory"], 0)

    def test_describe_env_and_pid(self):
        self.start("a", SLEEPER, "--kill-timeout", "5s")
        view = self.described("a")[0]
        self.assertEqual((view["name"], view["state"], view["spec"]["kill_timeout"]), ("a", "online", 5000))
        self.assertIn("a.sh", self.pmc("describe", "a").stdout)
        self.assertIn(f"PMC_HOME", self.pmc("env", str(view["pm_id"])).stdout)
        self.assertEqual(self.pmc("pid", "a").stdout.strip(), str(view["pid"]))

    def test_secrets_are_masked_unless_asked_for(self):
        secret = "correct-horse"
        self.pmc("start", self.script("a.sh", SLEEPER), "--name", "a", env={"DB_PASSWORD": secret, "API_KEY": secret})
        for args in (["list"], ["list", "--json"], ["jlist"], ["describe", "a"], ["describe", "a", "--json"], ["env", "0"]):
            with self.subTest(args=args):
                self.assertNotIn(secret, self.pmc(*args).stdout)
        self.assertIn(secret, self.pmc("env", "0", "--show-secrets").stdout)

    def test_no_control_byte_of_an_app_reaches_the_terminal(self):
        name = "evil\x1b[31mred"
        said = self.pmc("start", self.script("a.sh", SLEEPER), "--name", name, check=False)
        listed = self.pmc("list").stdout
        self.assertNotIn("\x1b", said.stdout + said.stderr + listed)

    def test_silent_mutes_news_and_no_data(self):
        self.assertEqual(self.start("a", SLEEPER, "--silent").stdout, "")
        self.assertIn("online", self.pmc("list", "--silent").stdout)

    def test_a_list_of_chosen_members_says_what_the_whole_one_says(self):
        self.start_victim("v")
        with self.wire() as wire:
            record = wire.call("app.list")["result"]["instances"][0]
            answer = wire.call("app.list", members=["version", "name", "pid", "memory_bytes"])["result"]
            self.assertEqual(answer["members"], ["name", "pid", "version", "memory_bytes"])
            name, pid, version, memory = answer["rows"][0]
            self.assertEqual((name, pid, version), ("v", record["pid"], None))
            self.assertGreater(memory, 0)
            self.assertEqual(answer["daemon"], {"safe": False, "orphans": 0})
            for wrong in ["mood"], ["env"]:
                error = wire.call("app.list", members=wrong)["error"]
                self.assertEqual(error["code"], "bad-params")
                self.assertIn(wrong[0], error["message"])
            self.assertEqual(wire.call("app.list", members="name")["error"]["code"], "bad-params")

    def test_a_lean_description_says_what_the_whole_one_says(self):
        self.start_victim("v", options=("-i", "2"))
        self.start_victim("w")
        with self.wire() as wire:
            whole = wire.call("app.describe", targets=["all"])["result"]["instances"]
            lean = wire.call("app.describe", targets=["all"], lean=True)["result"]
        self.assertIn("PATH", lean["env"])
        for record, short in zip(whole, lean["instances"], strict=True):
            self.assertNotIn("PATH", short["env"])
            env = {key: value for key, value in {**lean["env"], **short["env"]}.items() if value is not None}
            self.assertEqual((short["pm_id"], short["spec"], env), (record["pm_id"], record["spec"], record["env"]))

    def test_list_of_wide_names_is_aligned(self):
        for name in ("plain", "日本語", "emoji-🚀"):
            self.start(name)
        from unicodedata import east_asian_width

        def width(line):
            return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in line)
        rows = [line for line in self.pmc("list").stdout.splitlines() if line.startswith(("│", "┌", "├", "└", "|", "+"))]
        self.assertGreater(len(rows), 3)
        self.assertEqual(len({width(row) for row in rows}), 1, "\n".join(rows))

    # ---- signals and stdin

    def test_sendSignal_and_send(self):
        self.start("a", "trap 'echo heard USR2' USR2; echo up; while :; do read line && echo \"read $line\"; done")
        self.wait_log("a", "up")
        self.pmc("send", "a", "some words")
        self.wait_log("a", "read some words")
        self.pmc("sendSignal", "SIGUSR2", "a")
        self.pmc("send", "a", "more")
        self.wait_log("a", "heard USR2")
        self.pmc_fails("sendSignal", "SIGNOTHING", "a")

    def test_a_signal_stops_and_the_code_of_the_app_is_told(self):
        self.start("a")
        send_signal(self.pid_of("a"), signal.SIGTERM)
        event = self.wait_event("exit", app="a")
        self.assertEqual((event["code"], event["signal"], event["cause"]), (None, 15, "crash"))

    # ---- save and resurrect

    def test_save_kill_resurrect(self):
        self.start("a", SLEEPER, "-i", "2")
        self.start("b")
        self.pmc("stop", "b")
        self.pmc("save")
        self.pmc("kill")
        self.assertEqual(self.instances(), [])
        self.pmc("resurrect")
        self.assertEqual([(view["name"], view["state"]) for view in self.instances()],
                         [("a", "online"), ("a", "online"), ("b", "stopped")])

    def test_an_app_that_is_stopped_in_part_comes_back_so(self):
        self.start("a", SLEEPER, "-i", "3")
        self.pmc("stop", "a:0", "a:2")
        self.pmc("save")
        self.pmc("kill")
        self.pmc("resurrect")
        self.assertEqual([(view["number"], view["state"]) for view in self.instances()],
                         [(0, "stopped"), (1, "online"), (2, "stopped")])
        self.pmc("delete", "a:0")                    # the numbers are kept as well
        self.pmc("save")
        self.pmc("kill")
        self.pmc("resurrect")
        self.assertEqual([(view["number"], view["state"]) for view in self.instances()], [(1, "online"), (2, "stopped")])

    # ---- events

    def test_an_event_never_has_the_pid_of_another_app(self):
        self.start("a")
        self.pmc("delete", "a")
        self.start("b", SLEEPER, "--no-autostart")
        wait_until(lambda: self.pmc("events", "--app", "b", "--json").stdout, what="b is told of")
        for line in self.pmc("events", "--app", "b", "--json").stdout.splitlines():
            self.assertIn(json.loads(line)["pid"], (0, None), line)

    def test_events_tell_cause_and_are_followed(self):
        self.start("a")
        follower = self.client("events", "--follow", "--json")
        self.pmc("restart", "a")
        seen = []

        def started_again():
            seen.append(json.loads(follower.stdout.readline()))
            return seen[-1]["event"] == "online" and any(event["event"] == "exit" for event in seen)
        wait_until(started_again, what="the follower sees exit and online")
        stored = self.events("exit", app="a")
        self.assertEqual([event["cause"] for event in stored], ["operator"])
        self.assertEqual(self.events(app="zzz"), [])

    # ---- later commands override

    def test_stop_during_a_restart_delay_stops(self):
        self.pmc("start", self.script("a.sh", "exit 3"), "--name", "a", "--restart-delay", "1h", check=False)
        self.wait_state("a", "waiting")
        self.pmc("stop", "a")
        self.assertEqual(self.state("a"), "stopped")

    def test_pid_file_and_its_end(self):
        self.start("a")
        path = os.path.join(self.home, "pids", "a-0.pid")
        self.assertEqual(wait_until(lambda: read_file(path), what=path).strip(), str(self.pid_of("a")))
        self.pmc("stop", "a")
        wait_until(lambda: not os.path.exists(path), what="the pid file is gone")


if __name__ == "__main__":
    main()
