"""Input faults I03 and I04 for every format that is read, and what a user does with the formats: a file may be wrong in any way,
it is refused with its place, nothing is applied, and pmc never hangs."""

import json
import os
import pty
import select
import shutil
import subprocess
import unittest

from pmctest import DEADLINE, PmcTest, SLOW, main, read_file, wait_until

NODE = shutil.which("node")
SLEEPER = "exec sleep 1000"

# name: a text of this format with one app, its script S
FORMATS = {
    "eco.yml": "apps:\n  - name: NAME\n    script: S\n    max_restarts: 0\n    kill_timeout: 0\n",
    "eco.json": '{"apps": [\n  {"name": "NAME", "script": "S", "max_restarts": 0, "kill_timeout": 0}\n]}\n',
    "loose.json": "// ours\n{apps: [\n  {name: 'NAME', script: 'S', max_restarts: 0, kill_timeout: 0,},\n]}\n",
    "eco.json5": "{apps: [{name: 'NAME', script: 'S', max_restarts: 0, kill_timeout: 0}]}\n",
    "package.json": '{"name": "x", "pm2": {"apps": [\n  {"name": "NAME", "script": "S", "max_restarts": 0, "kill_timeout": 0}\n]}}\n',
    "eco.config.js": "module.exports = {apps: [\n  {name: 'NAME', script: 'S', max_restarts: 0, kill_timeout: 0}\n]};\n",
    "eco.config.cjs": "module.exports = {apps: [\n  {name: 'NAME', script: 'S', max_restarts: 0, kill_timeout: 0}\n]};\n",
    "eco.config.mjs": "export default {apps: [\n  {name: 'NAME', script: 'S', max_restarts: 0, kill_timeout: 0}\n]};\n",
}
TYPESCRIPT = ("const apps: {name: string, script: string}[] = [{name: 'NAME', script: 'S'}];\nexport default {apps};\n")


def needs_node(name):
    return name not in ("eco.yml", "eco.json", "package.json")


class Formats(PmcTest):
    def formats(self):
        for name, text in FORMATS.items():
            if NODE or not needs_node(name):
                yield name, text

    def write(self, name, app, folder="", script="sleeper.sh"):
        self.script(os.path.join(folder, "sleeper.sh"), SLEEPER)
        return self.file(os.path.join(folder, name), FORMATS.get(name, TYPESCRIPT).replace("NAME", app).replace("S'", script + "'")
                         .replace('"S"', f'"{script}"').replace(" S\n", f" {script}\n"))

    def without_node(self):
        """A PATH with sh and sleep, and no node."""
        folder = os.path.join(self.dir, "bin")
        os.makedirs(folder, exist_ok=True)
        for name in ("sh", "sleep", "bash"):
            if not os.path.exists(f"{folder}/{name}"):
                os.symlink(shutil.which(name), f"{folder}/{name}")
        return {"PATH": folder}

    def fails_in_time(self, *args, **keywords):
        with self.cpu_below(3):
            return self.pmc_fails(*args, timeout=DEADLINE, **keywords)

    # ---- what every format does

    def test_every_format_starts_restarts_stops_and_deletes_its_apps_by_name(self):
        for number, (name, _) in enumerate(self.formats()):
            with self.subTest(name=name):
                app = f"app{number}"
                file = self.write(name, app, f"dir{number}")
                self.pmc("start", file, cwd=self.dir)
                record = self.described(app)[0]
                self.assertEqual(record["state"], "online")
                self.assertEqual(record["script"], os.path.join(os.path.dirname(file), "sleeper.sh"))
                old = self.pid_of(app)
                self.pmc("restart", file)
                self.assertNotEqual(self.pid_of(app), old)
                self.pmc("stop", file)
                self.assertEqual(self.state(app), "stopped")
                self.pmc("delete", file)
                self.assertEqual(self.instances(app), [])

    def test_zero_is_zero_in_every_format(self):
        for number, (name, _) in enumerate(self.formats()):
            with self.subTest(name=name):
                app = f"zero{number}"
                self.pmc("start", self.write(name, app, f"dir{number}"))
                spec = self.described(app)[0]["spec"]
                self.assertEqual((spec["max_restarts"], spec["kill_timeout"]), (0, 0), spec)
        self.pmc("delete", "all")

    def test_unknown_options_are_mistakes_in_yaml_and_warnings_elsewhere(self):
        for name, text in self.formats():
            with self.subTest(name=name):
                file = self.file(name, text.replace("kill_timeout", "kil_timeout"))
                strict = name == "eco.yml"
                done = self.pmc("validate", file, check=False)
                self.assertEqual(done.returncode, 1 if strict else 0, done.stderr)
                self.assertIn("unknown option 'kil_timeout'", done.stderr)
                self.assertIn("did you mean 'kill_timeout'", done.stderr)
                self.assertEqual("warning: unknown" in done.stderr, not strict)
                self.assertNotIn("unknown option", done.stdout)
                done = self.pmc("validate", "--lenient", file)
                self.assertIn("warning: unknown option", done.stderr)
                said = self.pmc_fails("validate", "--strict", file)
                self.assertNotIn("warning: unknown option", said)

    def test_lenient_starts_what_strict_refuses(self):
        self.script("sleeper.sh", SLEEPER)
        for name in ("eco.yml", "eco.json"):
            with self.subTest(name=name):
                file = self.write(name, "lenient")
                self.file(name, read_file(file).replace("max_restarts", "max_restrats"))
                self.pmc_fails("start", "--strict", file)
                self.assertEqual(self.instances(), [])
                self.pmc("start", "--lenient", file)
                self.assertEqual(self.state("lenient"), "online")
                if name == "eco.yml":
                    self.pmc_fails("stop", file)
                self.pmc("stop", "--lenient", file)
                self.pmc("delete", "--lenient", file)

    def test_mistakes_in_json_have_line_and_column(self):
        file = self.file("eco.json", '{"apps": [{\n  "script": "a.js",\n  "max_restarts": "many",\n  "script": "b.js"\n}]}')
        said = self.pmc_fails("validate", file)
        self.assertIn("eco.json:3:19: max_restarts", said)
        self.assertIn("eco.json:4:3: 'script' is given twice; the first is in line 2", said)
        file = self.file("eco.json", '{"apps": [{\n  "script": "a.js"\n  "name": "b"\n}]}')
        self.assertIn("eco.json:3:3: ", self.pmc_fails("validate", file))
        self.assertIn("eco.json:3:3: ", self.pmc_fails("validate", file, env=self.without_node()))

    # ---- I04: what the bytes of a file may be

    def test_I04_what_is_no_text_or_no_file_is_refused_in_every_format(self):
        names = [*FORMATS, "eco.yaml", "eco.config.ts"]
        for number, name in enumerate(names):
            folder = f"I04-{number}"
            with self.subTest(name=name):
                self.assertIn("empty", self.fails_in_time("validate", self.file(f"{folder}/{name}", "")))
                self.assertIn("empty", self.fails_in_time("validate", self.file(f"{folder}/{name}", "\ufeff \r\n")))
                self.assertIn(f"{name}:2:", self.fails_in_time("validate", self.file(f"{folder}/{name}", b"\n\xe9\xff")))
                self.assertIn("NUL", self.fails_in_time("validate", self.file(f"{folder}/{name}", b"{\0}")))
                os.unlink(f"{self.work}/{folder}/{name}")
                self.assertIn("no such file", self.fails_in_time("validate", f"{folder}/{name}"))
                os.mkfifo(f"{self.work}/{folder}/{name}")
                self.assertIn("not a regular file", self.fails_in_time("validate", f"{folder}/{name}"))
                os.unlink(f"{self.work}/{folder}/{name}")
                os.mkdir(f"{self.work}/{folder}/{name}")
                self.assertIn("directory", self.fails_in_time("validate", f"{folder}/{name}"))

    def test_I04_a_byte_order_mark_and_carriage_returns_are_accepted(self):
        self.script("a.sh", SLEEPER)
        for name, text in self.formats():
            with self.subTest(name=name):
                file = self.file(name, "\ufeff" + text.replace("\n", "\r\n"))
                self.assertIn("1 app, no mistakes", self.pmc("validate", file).stdout)

    def test_I04_a_file_that_is_too_large(self):
        for name in [*FORMATS, "eco.config.ts"]:
            with self.subTest(name=name):
                path = self.file(name, "x")
                os.truncate(path, 100 << 20)
                self.assertIn("larger than 4 MiB", self.fails_in_time("validate", path))

    def test_I02_deep_and_many(self):
        for name in ("eco.json", "package.json"):
            with self.subTest(name=name):
                self.assertIn("deeper", self.fails_in_time("validate", self.file(name, "[" * 100000)))
                self.assertIn("values", self.fails_in_time("validate", self.file(name, "[" + "0," * 1000000 + "0]")))

    # ---- JSON on stdin

    def test_stdin_is_a_file_of_apps(self):
        self.script("sleeper.sh", SLEEPER)
        text = FORMATS["eco.json"].replace("NAME", "piped").replace('"S"', '"sleeper.sh"')
        self.pmc("start", "-", stdin=text)
        self.assertEqual(self.state("piped"), "online")
        old = self.pid_of("piped")
        self.pmc("restart", "-", stdin=text)
        self.assertNotEqual(self.pid_of("piped"), old)
        self.pmc("stop", "-", stdin=text)
        self.assertEqual(self.state("piped"), "stopped")
        said = self.pmc_fails("delete", "-", stdin='{"apps": 1}')
        self.assertIn("stdin:1:10: ", said)
        self.assertIn("stdin: 1 mistake, nothing was done", said)
        self.pmc("delete", "-", stdin=text)
        self.assertEqual(self.instances(), [])
        self.assertIn("stdin: the file is empty", self.pmc_fails("start", "-", stdin=""))

    # ---- without a word

    def test_the_file_here_is_meant_when_nothing_is_named(self):
        said = self.pmc_fails("start")
        for name in ("ecosystem.config.js", "ecosystem.json", "ecosystem.yml", "pmc.yml", "package.json"):
            self.assertIn(name, said)
        self.assertEqual(said, self.pmc_fails("restart"))
        self.file("package.json", '{"name": "x", "version": "1.0.0"}')
        self.assertIn("looked for", self.pmc_fails("start"))
        self.script("sleeper.sh", SLEEPER)
        self.file("pmc.yml", "name: ours\nscript: sleeper.sh\n")
        done = self.pmc("start")
        self.assertIn("Using pmc.yml", done.stdout)
        self.assertNotIn("is not read", done.stderr)
        self.file("ecosystem.json", '{"name": "theirs", "script": "sleeper.sh"}')
        done = self.pmc("restart")
        self.assertIn("Using ecosystem.json", done.stdout)
        self.assertIn("pmc.yml is here, too, and is not read", done.stderr)
        self.assertEqual({view["name"] for view in self.instances()}, {"ours", "theirs"})

    def test_a_package_without_our_key_is_told_so(self):
        said = self.pmc_fails("start", self.file("package.json", '{"name": "x"}'))
        self.assertIn("no key pm2 or pmc", said)

    def test_without_node_the_strict_formats_work_and_the_others_say_what_is_missing(self):
        self.script("sleeper.sh", SLEEPER)
        for name in FORMATS:
            with self.subTest(name=name):
                file = self.write(name, "app")
                done = self.pmc("validate", file, check=False, env=self.without_node())
                self.assertEqual(done.returncode, 1 if needs_node(name) else 0, done.stderr)
                if needs_node(name):
                    self.assertIn("no node is in PATH", done.stderr)

    def test_a_looser_json_without_node_shows_the_strict_error(self):
        said = self.pmc_fails("start", self.file("eco.json", "{\n  // c\n}"), env=self.without_node())
        self.assertIn("eco.json:2:3: ", said)
        self.assertIn("comments", said)


@unittest.skipUnless(NODE, "no node")
class JavaScript(PmcTest):
    def refused(self, text, *words, name="eco.config.js"):
        """With these words, and the app that runs is not touched."""
        file = self.file(name, text)
        said = self.pmc_fails("validate", file)
        for word in words:
            self.assertIn(word, said)
        return said

    def test_I03_a_file_that_throws(self):
        text = "function f() {\n  throw new Error('the reason');\n}\nf();\n"
        for name in ("eco.config.js", "eco.config.cjs", "eco.config.mjs"):
            with self.subTest(name=name):
                self.refused(text, f"{name}:2:9: Error: the reason", name=name)
        self.refused("throw null", "eco.config.js: thrown: null")
        self.refused("module.exports = Promise.reject(new Error('later'))", "eco.config.js:1:33: Error: later")
        self.refused("setTimeout(() => { throw new Error('x') }, 1); module.exports = new Promise(() => {})",
                     "eco.config.js:1:26: Error: x")
        self.refused("module.exports = () => { throw new TypeError('called') }", "eco.config.js:1:32: TypeError: called")
        self.refused("require('./not-there')", "Cannot find module './not-there'")
        self.refused("const a = {}; a.a = a; module.exports = a", "circular")

    def test_mistakes_in_what_was_evaluated_have_line_and_column(self):
        self.refused("const script = 'a.sh';\nmodule.exports = {apps: [\n  {name: 'a', script,\n   max_restarts: 'many'},\n"
                     "  {name: 'a', script}]};\n", "eco.config.js:4:18: max_restarts", "eco.config.js:5:10: two apps are called 'a'")
        self.refused("{apps: [{name: 'a', script: 'b',\n  kill_timeout: 'soon'}]}", "eco.json:2:17: kill_timeout", name="eco.json")

    def test_I03_a_syntax_error(self):
        for name in ("eco.config.js", "eco.config.cjs", "eco.config.mjs"):
            with self.subTest(name=name):
                self.refused("const x = {\n  a: 1 2\n};\n", f"{name}:2:8: SyntaxError", name=name)

    def test_I03_nothing_is_applied_when_the_file_fails(self):
        self.start_victim("running")
        with self.keeps():
            self.pmc_fails("start", self.file("eco.config.js", "module.exports = {apps: [{name: 'running', script: 'x'}]};\n"
                                                               "throw new Error('after')"))
        self.assertEqual(len(self.instances()), 1)

    def test_I03_what_the_file_prints_disturbs_nothing(self):
        text = ("console.log('on stdout'); console.error('on stderr'); process.stdout.write('{\"apps\": 1}\\n');\n"
                "require('child_process').execSync('echo from a child', {stdio: 'inherit'});\n"
                "module.exports = {apps: [{name: 'a', script: 'a.sh'}]};\n")
        done = self.pmc("validate", self.file("eco.config.js", text))
        for word in ("on stdout", "on stderr", '{"apps": 1}', "from a child"):
            self.assertIn(word, done.stderr)
        self.assertIn("1 app, no mistakes", done.stdout)
        self.assertNotIn("on stdout", done.stdout)

    def test_I03_a_file_that_prints_without_end_is_ended(self):
        self.refused("module.exports = {apps: []}; module.exports.x = 'x'.repeat(8 << 20)", "larger than 4 MiB")

    def test_I03_a_file_that_exits(self):
        self.refused("process.exit(3)", "node ended with exit code 3")
        self.refused("module.exports = new Promise(() => {})", "node ended with exit code 0")
        self.refused("process.kill(process.pid, 'SIGKILL')", "node was ended by signal 9")

    def test_I03_a_file_that_loops_for_ever_is_killed_with_its_children(self):
        text = ("const child = require('child_process').spawn('sleep', ['1000'], {stdio: 'ignore'});\n"
                f"require('fs').writeFileSync({json.dumps(self.work)} + '/pid', String(child.pid));\n"
                "for (;;);\n")
        self.refused(text, "not evaluated within 10 s")
        self.wait_gone(int(read_file(f"{self.work}/pid")))

    def test_I03_what_keeps_running_does_not_keep_pmc_waiting(self):
        text = "setInterval(() => {}, 1000); module.exports = {apps: [{script: 'a.sh'}]};\n"
        self.pmc("validate", self.file("eco.config.js", text))

    def test_I03_node_ends_when_pmc_is_killed(self):
        marker = f"{self.work}/pid"
        text = f"require('fs').writeFileSync({json.dumps(marker)}, String(process.pid));\nfor (;;);\n"
        client = self.client("validate", self.file("eco.config.js", text))
        pid = int(wait_until(lambda: read_file(marker), what="node evaluates the file"))
        client.kill()
        client.wait()
        self.wait_gone(pid)

    # ---- where and how it is evaluated

    def test_the_package_decides_what_js_is(self):
        common = "module.exports = {apps: [{name: 'a', script: 'a.sh'}]};\n"
        module = "export default {apps: [{name: 'a', script: 'a.sh'}]};\n"
        self.file("cjs/package.json", "{}")
        self.file("esm/package.json", '{"type": "module"}')
        self.pmc("validate", self.file("cjs/eco.config.js", common), self.file("esm/eco.config.js", module),
                 self.file("esm/eco.config.cjs", common), self.file("cjs/eco.config.mjs", module))
        self.assertIn("module is not defined", self.pmc_fails("validate", self.file("esm/b.config.js", common)))

    def test_the_file_sees_where_it_is_and_where_the_caller_is(self):
        self.script("sub/sleeper.sh", SLEEPER)
        self.file("sub/lib.js", "exports.name = 'from-lib';")
        file = self.file("sub/eco.config.js", "module.exports = {apps: [{name: require('./lib').name, script: 'sleeper.sh',"
                                              " env: {CALLER: process.cwd(), FOLDER: __dirname, GIVEN: process.env.GIVEN}}]};")
        self.pmc("start", file, cwd=self.dir, env={"GIVEN": "yes"})
        record = self.described("from-lib")[0]
        self.assertEqual(record["script"], f"{self.work}/sub/sleeper.sh")
        self.assertEqual(record["cwd"], f"{self.work}/sub")
        self.assertEqual(record["spec"]["env"], {"CALLER": self.dir, "FOLDER": f"{self.work}/sub", "GIVEN": "yes"})

    def test_functions_and_promises_are_resolved(self):
        app = "{name: 'a', script: 'a.sh'}"
        for name, text in {
            "a.config.js": f"module.exports = () => ({{apps: [{app}]}})",
            "b.config.js": f"module.exports = async () => [{app}]",
            "c.config.mjs": f"export default Promise.resolve({app})",
            "d.config.mjs": f"export const apps = [{app}]",
            "e.config.mjs": f"const apps = await Promise.resolve([{app}]); export default {{apps}}",
        }.items():
            with self.subTest(name=name):
                self.assertIn("1 app, no mistakes", self.pmc("validate", self.file(name, text)).stdout)

    def test_typescript_is_read_or_the_node_is_told_to_be_too_old(self):
        version = tuple(map(int, subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True)
                            .stdout.strip("v\n").split(".")))
        file = self.file("eco.config.ts", TYPESCRIPT.replace("NAME", "a").replace("'S'", "'a.sh'"))
        if version >= (22, 6):
            self.assertIn("1 app, no mistakes", self.pmc("validate", file).stdout)
        else:
            said = self.pmc_fails("validate", file)
            self.assertIn(f"Node.js {'.'.join(map(str, version))} cannot read TypeScript: 22.6 or newer can", said)

    def test_options_of_node_from_the_environment_are_its_own_business(self):
        file = self.file("eco.config.js", "module.exports = {apps: [{name: String(globalThis.early), script: 'a.sh'}]};")
        early = self.file("early.js", "globalThis.early = 'early';")
        self.pmc("validate", file, env={"NODE_OPTIONS": f"--require {early}"})
        self.assertIn("exit code 9", self.pmc_fails("validate", file, env={"NODE_OPTIONS": "--no-such-option"}))

    def test_a_terminal_shows_the_line_of_the_mistake(self):
        file = self.file("eco.config.js", "module.exports = {\n  apps: nothing,\n};\n")
        leader, follower = pty.openpty()
        client = self.client("validate", file, stderr=follower, stdout=subprocess.DEVNULL)
        os.close(follower)
        said = b""
        while select.select([leader], [], [], 10 * SLOW)[0]:
            try:
                data = os.read(leader, 4096)
            except OSError:
                break
            said += data
        client.wait()
        os.close(leader)
        self.assertIn("    2 |   apps: nothing,", said.decode())


if __name__ == "__main__":
    main()
