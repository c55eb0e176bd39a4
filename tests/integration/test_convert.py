"""pmc convert: PM2's files in JavaScript and JSON become YAML that means the same."""

import json
import os
import shutil

from pmctest import PmcTest, main, read_file

SLEEPER = "setInterval(() => {}, 1000);\n"

GENERATED = """\
// as `pm2 init` writes it
const port = 3000 + 5;
module.exports = {
  apps: [{
    name: 'web',
    script: 'web.js',
    instances: 2,
    execMode: 'fork',
    args: ['--port', port, 'two words'],
    env: { NODE_ENV: 'development', LIST: [1, 2], EMPTY: '', YES: 'yes', NUMBER: '1.10', TEXT: 'a: b # "c"\\n\\u0007é😀' },
    env_production: { NODE_ENV: 'production' },
    max_memory_restart: '300M',
    kill_timeout: 0,
    max_restarts: 0,
    vizion: false,
    watch: false,
    autorestrat: true,
  }, {
    name: '#odd: name',
    exec: 'while :; do date; sleep 5; done',
    namespace: 'tools',
    cwd: null,
    error: 'logs/odd.log',
  }],
  deploy: { production: { user: 'node', host: ['a', 'b'] } },
  mine: { 'a b': [{ c: 1 }, []] },
};
"""

LOOSE = """\
// PM2 evaluates its JSON
{ apps: [ { name: 'loose', script: 'web.js', 'cron_restart': "0 3 * * *", } ] }
"""


class Convert(PmcTest):
    def setUp(self):
        super().setUp()
        self.file("web.js", SLEEPER)

    def need_node(self):
        if not shutil.which("node"):
            self.skipTest("needs node")

    def convert(self, name, text):
        """The YAML of a file; it was also written, and is right by the strict reader without being read leniently."""
        self.file(name, text)
        yaml = self.pmc("convert", name).stdout
        self.file("made.yml", yaml)
        self.pmc("validate", "--strict", "made.yml")
        self.assertFalse(os.path.exists(self.home), "convert or validate made a home")
        return yaml

    def specs(self, file):
        """What the daemon was told of the apps of a file."""
        self.pmc("start", file)
        specs = {view["name"]: {key: value for key, value in view.items() if key in ("spec", "script", "cwd", "namespace")}
                 for app in {view["name"] for view in self.instances()} for view in self.described(app)}
        self.pmc("delete", "all")
        return specs

    def test_a_generated_file_keeps_all_and_tells_what_differs(self):
        self.need_node()
        yaml = self.convert("ecosystem.config.js", GENERATED)
        lines = [line.strip() for line in yaml.splitlines()]
        self.assertIn("exec_mode: fork", lines)
        self.assertIn("kill_timeout: 0  # as it says; PM2 took this for not given", lines)
        self.assertTrue(any(line.startswith("# vizion: false  #") for line in lines), yaml)
        self.assertTrue(any(line.startswith("# autorestrat: true  #") and "autorestart" in line for line in lines), yaml)
        self.assertIn("args: [\"--port\", 3005, two words]", lines)
        self.assertTrue(any("not yet obeyed" in line for line in lines if line.startswith("deploy:")))
        self.assertTrue(any(line.startswith("x-mine:") for line in lines))
        self.assertIn("secrets too", yaml)
        # and to the daemon both are the same
        self.assertEqual(self.specs("ecosystem.config.js"), self.specs("made.yml"))

    def test_json_in_all_its_shapes(self):
        app = {"script": "web.js", "name": "a", "env": {"A": "1"}, "env_test": {"A": "2"}, "args": "a 'b c'"}
        for shape in ({"apps": [app]}, [app, {"script": "web.js"}], app, {"apps": {"a": app, "b c": {"script": "web.js"}}},
                      {"pm2": [app]}, {"apps": app}):
            with self.subTest(shape=shape):
                once = self.convert("apps.json", json.dumps(shape))
                self.assertIn("env_test:", once)
                twice = self.convert("again.yml", once)
                self.assertEqual(twice.split("apps:")[1], once.split("apps:")[1])

    def test_what_looks_like_a_variable_stays_as_it_is(self):
        self.file("eco.json", json.dumps({
            "apps": [{"name": "a", "script": "web.js", "args": ["${NAME}", "$${X} $Y", "${i%.*}"],
                      "env_production": {"A": "${NONE}"}}],
            "deploy": {"production": {"path": "${HOME}/x"}}}))
        text = self.pmc("convert", "eco.json").stdout
        self.assertIn('["$${NAME}", "$$$${X} $Y", "$${i%.*}"]', text)
        self.assertIn('path: "${HOME}/x"', text)

    def test_loose_json_and_stdin(self):
        self.need_node()
        self.assertIn("name: loose", self.convert("process.json", LOOSE))
        self.assertIn("name: loose", self.pmc("convert", "-", stdin=LOOSE).stdout)

    def test_mistakes_are_named_and_nothing_is_written(self):
        self.file("bad.json", '{"apps": [{"script": "web.js", "kill_timeout": "soon"}]}')
        self.assertIn("kill_timeout", self.pmc_fails("convert", "bad.json", "-o", "out.yml"))
        self.assertIn("no.json", self.pmc_fails("convert", "no.json"))
        self.assertFalse(os.path.exists(f"{self.work}/out.yml"))

    def test_a_file_is_written_once_and_for_us_alone(self):
        self.file("a.json", '{"apps": [{"script": "web.js", "env": {"PASSWORD": "x"}}]}')
        self.pmc("convert", "a.json", "-o", "out.yml")
        self.assertEqual(os.stat(f"{self.work}/out.yml").st_mode & 0o777, 0o600)
        text = read_file(f"{self.work}/out.yml")
        self.assertEqual(text, self.pmc("convert", "a.json").stdout)
        self.file("a.json", '{"apps": [{"script": "other.js"}]}')
        self.assertIn("--force", self.pmc_fails("convert", "a.json", "-o", "out.yml"))
        self.assertEqual(read_file(f"{self.work}/out.yml"), text)
        self.pmc("convert", "a.json", "--output", "out.yml", "--force")
        self.assertIn("other.js", read_file(f"{self.work}/out.yml"))
        os.mkdir(f"{self.work}/sub")
        self.assertIn("relative to", self.pmc("convert", "a.json", "-o", "sub/out.yml").stderr)


if __name__ == "__main__":
    main()
