"""C05: older clients. Recorded requests and replies hold for every later version of the same major."""

import glob
import json
import os
import re
import sys

from pmctest import PmcTest, main, program, read_file, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
METHODS = os.path.join(program("PMC_SOURCE"), "shared/ipc/methods.def")
DECIDED_BY = {"ok", "state", "name", "namespace", "code", "stream", "members", "mode"}
DECIDED_BY_NUMBER = {"failed"}
ALWAYS_LISTED = {"pm_id", "name", "state"}

APP = {"spec": {"name": "web", "script": "$VICTIM", "interpreter": "none", "cwd": "$WORK", "instances": 2,
                "env": {"COLOUR": "red"}},
       "env": {"PATH": "/usr/bin:/bin", "DB_PASSWORD": "x"}, "base_dir": "$WORK"}
SCENARIO = [
    ("daemon.ping", {}), ("daemon.doctor", {}), ("daemon.reload", {}), ("daemon.resume", {}),
    ("app.start", {"apps": [APP]}),
    ("app.start", {"apps": [dict(APP, spec=dict(APP["spec"], kill_timeout=500))], "update": "env", "quiet": True}),
    ("app.start", {"apps": [{"spec": {"name": "none", "script": "$WORK/not-there", "interpreter": "none"}, "env": {},
                             "base_dir": "$WORK"}]}),
    ("app.list", {}), ("app.list", {"targets": ["web"]}), ("app.list", {"members": ["pm_id", "name", "state"]}),
    ("app.describe", {"targets": ["web:0"]}), ("app.describe", {"targets": ["web:0"], "show_secrets": True}),
    ("app.stop", {"targets": ["web"]}), ("app.stop", {"targets": ["nobody"]}),
    ("app.begin", {"targets": ["web"], "env": {"PATH": "/usr/bin:/bin"}}),
    ("app.restart", {"targets": ["web"], "options": {"kill_timeout": 700}, "env": {"PATH": "/usr/bin:/bin"}}),
    ("app.scale", {"target": "web", "to": "3"}), ("app.scale", {"target": "web", "to": "-1"}),
    ("app.reset", {"targets": ["web"]}), ("app.signal", {"targets": ["web"], "signal": "SIGCONT"}),
    ("app.send", {"targets": ["web:0"], "line": "hello"}),
    ("log.files", {"targets": ["web"]}), ("log.flush", {"targets": ["web"]}), ("log.reopen", {}),
    ("list.save", {}), ("list.save", {"force": True}), ("app.delete", {"targets": ["web:1"], "request": "recorded-1"}),
    ("app.delete", {"targets": ["web:1"], "request": "recorded-1"}), ("list.resurrect", {}),
    ("history.events", {"app": "web", "limit": 5}), ("history.events", {"since": 1, "until": 4102444800000000, "limit": 2}),
    ("events.follow", {"app": "web"}),
    ("app.stop", {}), ("app.stop", {"targets": ["web"], "colour": 1}), ("app.paint", {}), ("app.scale", {"target": "web", "to": "x"}),
    ("app.reload", {"targets": ["web"]}), ("list.clear", {}), ("daemon.kill", {}), ("daemon.stop", {}),
]


class Transcripts(PmcTest):
    def filled(self, value):
        text = json.dumps(value)
        return json.loads(text.replace("$VICTIM", program("VICTIM")).replace("$WORK", self.work))

    def say(self, method, params):
        """The reply to one request of a client that knows nothing newer; a daemon that ended is started again."""
        self.pmc("ping")
        with self.wire() as wire:
            reply = wire.call(method, **self.filled(params))
        self.assertIsNotNone(reply, method)
        if method in ("daemon.stop", "daemon.kill"):
            wait_until(lambda: not self.daemon_processes(), what="the daemon ends")
        return {key: value for key, value in reply.items() if key != "id"}

    def compare(self, recorded, now, where, optional=False):
        if recorded is None or (optional and now is None):
            return
        if isinstance(recorded, dict):
            self.assertIsInstance(now, dict, where)
            for key, value in recorded.items():
                left_out = ".app.list:" in where and ".instances[" in where and key not in ALWAYS_LISTED
                if not left_out:
                    self.assertIn(key, now, where)
                words = key in DECIDED_BY and isinstance(value, (str, bool)) and ".daemon.doctor" not in where
                if key in now and (words or key in DECIDED_BY_NUMBER):
                    self.assertEqual(now[key], value, f"{where}.{key}")
                self.compare(value, now.get(key), f"{where}.{key}", left_out or value is None)
        elif isinstance(recorded, list):
            self.assertIsInstance(now, list, where)
            if recorded:
                self.assertTrue(now, where)
                for index, value in enumerate(now):
                    self.compare(recorded[min(index, len(recorded) - 1)], value, f"{where}[{index}]")
        elif isinstance(recorded, (bool, str)):
            self.assertIsInstance(now, (type(recorded), type(None)), where)
        else:
            self.assertIsInstance(now, (int, float, type(None)), where)
            self.assertNotIsInstance(now, bool, where)

    def test_C05_what_older_clients_said_is_answered_as_it_was(self):
        for path in sorted(glob.glob(f"{HERE}/*.jsonl")):
            for number, line in enumerate(read_file(path).splitlines(), 1):
                entry = json.loads(line)
                with self.subTest(f"{os.path.basename(path)}:{number} {entry['method']}"):
                    reply = self.say(entry["method"], entry["params"])
                    self.compare(entry["reply"], reply, f"{number}.{entry['method']}:")
            self.end_daemon()

    def test_C05_every_method_has_a_transcript(self):
        newest = max(glob.glob(f"{HERE}/*.jsonl"), key=lambda path: [int(part) for part in re.findall(r"\d+", os.path.basename(path))])
        said = {json.loads(line)["method"] for line in read_file(newest).splitlines()}
        methods = set(re.findall(r'^METHOD\(\w+, "([^"]+)"', read_file(METHODS), re.M))
        self.assertEqual(methods - said, set())

    def record(self, path):
        with open(path, "w", encoding="utf-8") as file:
            for method, params in SCENARIO:
                reply = json.dumps(self.say(method, params), ensure_ascii=False)
                reply = reply.replace(self.work, "$WORK").replace(program("VICTIM"), "$VICTIM").replace(self.dir, "$HOME")
                entry = {"method": method, "params": params, "reply": json.loads(reply)}
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def record(path):
    case = Transcripts("record")
    case.setUp()
    try:
        case.record(path)
    finally:
        case.tearDown()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--record"]:
        record(sys.argv[2])
    else:
        main()
