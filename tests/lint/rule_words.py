"""Words that must not be in the tree: unfinished work, sleeping tests, paths of the machine it was built on."""

import re

UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
SLEEPING = re.compile(r"\b(?:time\.)?(?:u|nano|clock_nano)?sle" r"ep\(")
# A test waits for facts; only what plays an app in a test may spend time.
MAY_SLEEP = ("tests/helpers/", "tests/bench/bare.c")
MACHINE = re.compile(r"(?<![\w.])/(?:wo" r"rk/|ro" r"ot/\w|Users/\w|tm" r"p/b-\w)")


def check(tree, findings):
    for path in tree.files:
        text = tree.text(path)
        if "\0" in text:
            continue
        search(path, text, UNFINISHED, "unfinished work belongs into an issue", findings)
        search(path, text, MACHINE, "a path of one machine", findings)
        if len(tree.root) > 6 and tree.root in text:
            findings.error(path, "names the folder it was built in")
        if path.startswith("tests/") and not path.startswith(MAY_SLEEP) and path.endswith((".py", ".c", ".h", ".js")):
            search(path, text, SLEEPING, "a test waits for an event, never for a time", findings)


def search(path, text, pattern, what, findings):
    for match in pattern.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        findings.error(f"{path}:{line}", f"{match.group(0)}: {what}")


SAMPLES = [
    ({"cli/a.c": "/* done */\n", "tests/helpers/a.c": "usle" "ep(5);\n"}, None),
    ({"cli/a.c": "/* TO" "DO: more */\n"}, "unfinished"),
    ({"README.md": "FIX" "ME\n"}, "unfinished"),
    ({"tests/integration/test_a.py": "time.sle" "ep(1)\n"}, "waits for an event"),
    ({"tests/unit/cli/test_a.c": "\tusle" "ep(10);\n"}, "waits for an event"),
    ({"tests/integration/test_a.py": "self.pmc('start', 'sleep', '--', '100')\n"}, None),
    ({"cli/a.c": "/* see /wo" "rk/x */\n"}, "one machine"),
    ({"packaging/a": "cd /ro" "ot/pmc\n"}, "one machine"),
]
