"""C files are as clang-format (the version .clang-format was written for) writes them."""

import os
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
    for path in tree.select(["shared", "daemon", "cli", "tests"], (".c", ".h")):
        formatted = subprocess.run(
            [program, "--style=file", "--assume-filename=" + os.path.join(tree.root, path)],
            input=tree.text(path).encode(), capture_output=True, check=True).stdout.decode()
        if formatted != tree.text(path):
            pairs = zip(formatted.splitlines() + [""], tree.text(path).splitlines() + [""])
            line = next((n for n, (a, b) in enumerate(pairs, 1) if a != b), 1)
            findings.error(f"{path}:{line}", "not formatted: clang-format -i it")


STYLE = "BasedOnStyle: LLVM\nIndentWidth: 8\nUseTab: Always\nBreakBeforeBraces: Linux\nAllowShortFunctionsOnASingleLine: None\n"
SAMPLES = [
    ({".clang-format": STYLE, "cli/a.c": "int a(void)\n{\n\treturn 1;\n}\n"}, None),
    ({".clang-format": STYLE, "cli/a.c": "int a(void) {\n  return 1;\n}\n"}, "not formatted"),
]
