"""Whatever a table declares has a text for people: options, settings, methods, events, states, commands."""

import os
import re

from tree import entries, strings

LITERALS = r"\s*=\s*((?:\"(?:\\.|[^\"\\])*\"\s*)+)"
DOC = re.compile(r"\.doc" + LITERALS)
SUMMARY = re.compile(r"\.summary" + LITERALS)


def check(tree, findings):
    for path in tree.sources(".def"):
        text = tree.text(path)
        for macro in sorted(set(re.findall(r"^([A-Z][A-Z0-9_]*)\(", text, re.M))):
            for line, source in entries(text, macro):
                check_entry(f"{path}:{line}", macro, source, findings)
    check_commands(tree, findings)


def check_entry(where, macro, source, findings):
    """A row with `.doc` has its text there; a row of plain arguments has it last, with a blank in it."""
    if macro in ("OPTION", "SETTING") or re.search(r"\.\w+\s*=", source):
        if not says_something(DOC.search(source)):
            findings.error(where, f"{macro} without a .doc")
        return
    if macro in ("METHOD", "EVENT", "STATE") and not is_sentence(strings(source)):
        findings.error(where, f"{macro} without a sentence at its end")


def says_something(field):
    """A match of DOC or SUMMARY whose literals hold more than blanks."""
    return field is not None and any(text.strip() for text in strings(field.group(1)))


def is_sentence(literals):
    return bool(literals) and " " in literals[-1].strip() and literals[-1].rstrip().endswith((".", "?", "!"))


def check_commands(tree, findings):
    table = "cli/commands.c"
    for path in tree.select(["cli"], ".c"):
        name = os.path.splitext(os.path.basename(path))[0]
        if not name.startswith("cmd_"):
            continue
        text = tree.text(path)
        declared = re.findall(r"^const struct command (\w+) = \{(.*?)^\};", text, re.M | re.S)
        if not declared:
            findings.error(path, "ends in no `const struct command`")
        for command, body in declared:
            if not says_something(SUMMARY.search(body)):
                findings.error(path, f"{command} has no .summary")
            if table in tree.files and not re.search(rf"&{command}\b", tree.text(table)):
                findings.error(path, f"{command} is not in {table}")


COMMAND = 'const struct command cmd_x = {\n\t.name = "x",\n%s\t.run = run_x,\n};\n'
WITH_SUMMARY = '\t.summary = "Do x.",\n'
SAMPLES = [
    ({"shared/spec/options.def": 'OPTION(DURATION, a, .def = "1s (or so)",\n       .doc = "How "\n\t"long.")\n'}, None),
    ({"shared/spec/options.def": 'OPTION(DURATION, a, .def = "1s")\n'}, "without a .doc"),
    ({"shared/spec/options.def": 'OPTION(DURATION, a, .doc = "")\n'}, "without a .doc"),
    ({"shared/ipc/events.def": 'EVENT(A, "a", "It happened.")\n'}, None),
    ({"shared/ipc/events.def": '/* EVENT(ID, "name", "text") */\nEVENT(A, "a")\n'}, "without a sentence"),
    ({"shared/ipc/methods.def": 'METHOD(a, "a.b", READS, "x! y", "")\n'}, "without a sentence"),
    ({"shared/model/states.def": 'STATE(A, "a", "a b", BAD, false)\n'}, "without a sentence"),
    ({"cli/cmd_x.c": COMMAND % WITH_SUMMARY, "cli/commands.c": "\t&cmd_x,\n"}, None),
    ({"cli/cmd_x.c": COMMAND % "", "cli/commands.c": "\t&cmd_x,\n"}, "no .summary"),
    ({"cli/cmd_x.c": COMMAND % WITH_SUMMARY, "cli/commands.c": "\t&cmd_xy,\n"}, "is not in"),
    ({"cli/cmd_x.c": "int x;\n"}, "no `const struct command`"),
]
