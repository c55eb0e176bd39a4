"""A header opens with what the module is, and says of every function it exports what is not obvious."""

import re

from tree import blank, line_of, without_preprocessor

SHARE = 0.95
# The pairs of the house mean the same everywhere.
CONVENTION = re.compile(r"_(?:init|done|destroy)$")
PROTOTYPE = re.compile(r"^(?!static|typedef|extern)[A-Za-z_][\w \t*]*?[\s*](\w+)\([^;{}]*\)[^;{}]*;", re.M)


def check(tree, findings):
    total = missing = 0
    for path in tree.sources(".h"):
        text = tree.text(path)
        if not text.lstrip().startswith("/*"):
            findings.error(f"{path}:1", "opens with no paragraph that says what the module is")
        for name, line, documented in prototypes(text):
            if CONVENTION.search(name):
                continue
            total += 1
            if not documented:
                missing += 1
                findings.note(f"{path}:{line}", f"{name} has no comment")
    if total and missing > (1 - SHARE) * total:
        findings.error("headers", f"{missing} of {total} exported functions have no comment; at most "
                                  f"{100 - 100 * SHARE:.0f} % may")


def prototypes(text):
    """(name, line, documented). A comment covers the prototypes that follow it without an empty line between."""
    code, lines = without_preprocessor(blank(text)), text.splitlines()
    covered = False
    at = 0
    for match in PROTOTYPE.finditer(code):
        line = line_of(code, match.start())
        last = line_of(code, match.end() - 1)
        between = lines[at:line - 1]
        if any(not text_line.strip() for text_line in between) or at == 0:
            covered = False
        above = lines[line - 2].rstrip() if line >= 2 else ""
        covered = covered or above.endswith("*/")
        yield match.group(1), line, covered or "/*" in lines[last - 1]
        at = last


HEAD = "/* a: what it is. */\n#pragma once\n\n"
SAMPLES = [
    ({"cli/a.h": HEAD + "/* Do. */\nint a_do(int x,\n\t int y);\nint a_more(void);\n"}, None),
    ({"cli/a.h": HEAD + "int a_do(int x); /* does */\n\nstruct a {\n\tint x;\n};\n"}, None),
    ({"cli/a.h": HEAD + "void a_done(struct a *a);\n"}, None),
    ({"cli/a.h": HEAD + "int a_do(int x);\n"}, "1 of 1"),
    ({"cli/a.h": HEAD + "/* Do. */\nint a_do(int x);\n\nint a_more(void);\n"}, "1 of 2"),
    ({"cli/a.h": "#pragma once\n/* Do. */\nint a_do(int x);\n"}, "what the module is"),
]
