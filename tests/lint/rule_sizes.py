"""A file is one thing, a function one thought: .c under 250 lines (400 needs a reason here, 600 never), functions
under 40 (80 never)."""

from tree import functions

FILE_AIM, FILE_REASON, FILE_MAX = 250, 400, 600
FUNCTION_AIM, FUNCTION_MAX = 40, 80

# file: why it is longer than FILE_REASON lines
REASONS = {
    "daemon/keeper/keeper.c": "all a keeper does while it lives, in one file that a reviewer can hold in mind",
}


def check(tree, findings):
    for path in tree.sources(".c"):
        text = tree.text(path)
        check_file(path, text.count("\n"), findings)
        for function in functions(text):
            where, what = f"{path}:{function.line}", f"{function.name} has {function.lines} lines"
            if function.lines > FUNCTION_MAX:
                findings.error(where, f"{what}, more than {FUNCTION_MAX}")
            elif function.lines > FUNCTION_AIM:
                findings.note(where, what)
    for path in REASONS:
        if path in tree.files and tree.text(path).count("\n") <= FILE_REASON:
            findings.note(path, "needs no reason any more")


def check_file(path, lines, findings):
    if lines > FILE_MAX:
        findings.error(path, f"{lines} lines, more than {FILE_MAX}")
    elif lines > FILE_REASON and path not in REASONS:
        findings.error(path, f"{lines} lines: more than {FILE_REASON} needs a reason in rule_sizes.py")
    elif lines > FILE_AIM:
        findings.note(path, f"{lines} lines")


def function_of(lines):
    return "static int f(void)\n{\n" + "\tx();\n" * (lines - 3) + "}\n"


SAMPLES = [
    ({"cli/a.c": function_of(80)}, None),
    ({"cli/a.c": function_of(81)}, "f has 81 lines"),
    ({"cli/a.c": "\n" * 400}, None),
    ({"cli/a.c": "\n" * 401}, "needs a reason"),
    ({"daemon/keeper/keeper.c": "\n" * 401}, None),
    ({"daemon/keeper/keeper.c": "\n" * 601}, "more than 600"),
]
