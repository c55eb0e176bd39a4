"""Where things stand: the top level is closed, and each room says what lives in it."""

import os

TOP_LEVEL = {
    "meson.build", "meson_options.txt", "daemon", "cli", "shared", "ecosystem-examples", "tests", "packaging",
    "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE",
}
README_MAX = 60


def check(tree, findings):
    for name in sorted({path.split("/")[0] for path in tree.files}):
        if name not in TOP_LEVEL and not name.startswith("."):
            findings.error(name, "is not of the top level; see rule_layout.py")
    for folder in sorted({os.path.dirname(path) for path in tree.sources()}):
        check_readme(tree, folder + "/README.md", findings)


def check_readme(tree, path, findings):
    if path not in tree.files:
        findings.error(path, "missing: what lives here, what must not")
        return
    lines = tree.text(path).strip().splitlines()
    if len(lines) < 4:
        findings.error(path, "says nothing yet")
    elif len(lines) > README_MAX:
        findings.error(path, f"{len(lines)} lines: half a page is meant, {README_MAX} is the end")


README = "# room\nOne.\n\nTwo.\n"
SAMPLES = [
    ({"cli/a.c": "", "cli/README.md": README, ".ci/run": ""}, None),
    ({"cli/a.c": ""}, "missing"),
    ({"cli/a.c": "", "cli/README.md": "# room\n"}, "says nothing"),
    ({"cli/a.c": "", "cli/README.md": "a\n" * 61}, "half a page"),
    ({"scripts/a.py": ""}, "not of the top level"),
]
