"""C files are as clang-format (the version .clang-format was written for) writes them."""

import re
import shutil
import subprocess

from tree import Skip

VERSION = 14


def check(tree, findings):
    program = shutil.which(f"clang-format-{VERSION}") or shutil.which("clang-format")
    if not program:
        raise Skip("clang-format is not installed")
    found = re.search(r"version (\d+)", subprocess.run([program, "--version"], capture_output=True, text=True,
                                                       check=True).stdout)
    if not found or int(found.group(1)) != VERSION:
        raise Skip(f"clang-format {VERSION} is not installed (another version formats differently)")
    paths = tree.select(["shared", "daemon", "cli", "tests"], (".c", ".h"))
    said = subprocess.run([program, "--style=file", "--dry-run", *paths], cwd=tree.root, capture_output=True, text=True,
                          check=True).stderr if paths else ""
    for path, line in first_lines(said).items():
        findings.error(f"{path}:{line}", "not formatted: clang-format -i it")


def first_lines(said):
    """{path: first line} of clang-format's warnings."""
    found = {}
    for path, line in re.findall(r"^([^:\n]+):(\d+):\d+: warning: code should be clang-formatted", said, re.M):
        found.setdefault(path, int(line))
    return found


STYLE = "BasedOnStyle: LLVM\nIndentWidth: 8\nUseTab: Always\nBreakBeforeBraces: Linux\nAllowShortFunctionsOnASingleLine: None\n"
SAMPLES = [
    ({".clang-format": STYLE, "cli/a.c": "int a(void)\n{\n\treturn 1;\n}\n"}, None),
    ({".clang-format": STYLE, "cli/a.c": "int a(void) {\n  return 1;\n}\n"}, "not formatted"),
]
