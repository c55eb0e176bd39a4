"""What a manual names exists: flags, commands, keys, settings, methods. The parts made from the tables need no check;
this is for what people wrote around them, in pages, READMEs, examples and the texts of the tables themselves."""

import re

from tree import entries, line_of, strings

PAGES = ("packaging/man/",)
PROSE = ("README.md", "ecosystem-examples/")
FLAG = re.compile(r"(?<![\w-])--(?:\[no-\])?([a-z][a-z0-9-]*)")
COMMAND = re.compile(r"(?<![\w./-])pmc +([A-Za-z]+)")
BOLD_KEY = re.compile(r"\*([a-z]+(?:_[a-z]+)+)\*")
BOLD_METHOD = re.compile(r"\*([a-z]+\.[a-z]+)\*")
YAML_KEY = re.compile(r"^ +(?:- |# ?)*([a-z]+(?:_[a-z]+)+):", re.M)
ANNOTATED = "ecosystem-examples/annotated/ecosystem.yml"
FILES = ("log", "ini", "db", "pid", "sock", "pmc", "js", "json", "yml", "yaml", "sh")


class Names:
    """Everything the tables declare."""

    def __init__(self, tree):
        def of(path, macro):
            return [source for _, source in entries(tree.text(path), macro)] if path in tree.files else []

        options = of("shared/spec/options.def", "OPTION")
        flags = of("cli/flags.def", "OPTION")
        self.options = {source.split(",")[1].strip() for source in options}
        self.keys = {source.split(",")[1].strip() for source in options + of("shared/config/settings.def", "OPTION")}
        for source in options:
            aliases = re.search(r"\.aliases\s*=\s*OPTION_WORDS\(([^)]*)\)", source)
            self.keys.update(strings(aliases.group(1)) if aliases else ())
        self.keys.update(source.split(",")[0].strip() for source in of("shared/spec/pm2_ignored.def", "IGNORED"))
        self.flags = {name for source in options + flags for name in re.findall(r'\.flag = "([^"]+)"', source)}
        self.flags |= {key.replace("_", "-") for key in self.keys}
        self.methods = {strings(source)[0] for source in of("shared/ipc/methods.def", "METHOD")}
        self.literals = set()
        self.commands = set()
        for path in tree.sources(".c"):
            text = tree.text(path)
            self.literals.update(re.findall(r'"([a-z]+(?:_[a-z]+)+)"', text))
            self.flags.update(re.findall(r'\{"([a-z-]+)", (?:0|\'.\'), ', text) if path == "cli/args_flag.c" else ())
            self.flags.update(re.findall(r'"--([a-z]+)"', text) if path == "daemon/main.c" else ())
            for body in re.findall(r"^const struct command \w+ = \{(.*?)^\};", text, re.M | re.S):
                self.commands.update(re.findall(r'\.name = "([^"]+)"', body))
                for aliases in re.findall(r"COMMAND_ALIASES\(([^)]*)\)", body):
                    self.commands.update(strings(aliases))

    def has_flag(self, flag):
        return flag in self.flags or (flag.startswith("no-") and flag[3:] in self.flags) or flag == "x"


def check(tree, findings):
    names = Names(tree)
    check_annotated(tree, names, findings)
    for path in tree.files:
        if path.startswith(PAGES) and path.endswith(".scd"):
            check_page(path, tree.text(path), names, findings)
        elif path.startswith(PROSE) and path.endswith(".md"):
            check_code(path, tree.text(path), names, findings)
        elif path.startswith("ecosystem-examples/") and path.endswith((".yml", ".yaml")):
            check_keys(path, tree.text(path), names, findings)
            check_code(path, tree.text(path), names, findings)
        elif path.startswith("cli/cmd_") and path.endswith(".c"):
            check_texts(path, tree.text(path), names, findings)


def check_annotated(tree, names, findings):
    """The annotated file shows every option, commented or not."""
    if ANNOTATED not in tree.files:
        return
    shown = set(re.findall(r"^ +(?:- |# )?([a-z_]+):", tree.text(ANNOTATED), re.M))
    for option in sorted(names.options - shown):
        findings.error(ANNOTATED, f"does not show the option {option}: add it to its group")


def check_page(path, text, names, findings):
    check_all(path, text, FLAG, names.has_flag, "no flag is called --%s", findings)
    check_code(path, text, names, findings)
    known = names.keys | names.literals
    check_all(path, text, BOLD_KEY, lambda key: key in known, "nothing is called %s", findings)
    check_all(path, text, BOLD_METHOD, lambda name: name in names.methods or name.split(".")[1] in FILES,
              "no method is called %s", findings)
    for block in re.finditer(r"^```\n(.*?)^```", text, re.M | re.S):
        check_keys(path, text, names, findings, block.start(1), block.end(1))


def check_keys(path, text, names, findings, start=0, end=None):
    """Keys with an underscore, commented or not, are ours; a single word may be a variable or a name."""
    for match in YAML_KEY.finditer(text, start, len(text) if end is None else end):
        key = match.group(1)
        if key not in names.keys and not key.startswith("env_"):
            findings.error(f"{path}:{line_of(text, match.start(1))}", f"no option is called {key}")


def check_code(path, text, names, findings):
    """Commands of pmc in code: between backticks, in bold, in blocks."""
    fenced = [match.span() for match in re.finditer(r"^```.*?^```", text, re.M | re.S)]
    for match in re.finditer(r"`[^`\n]+`|\*pmc [^*\n]+\*|^[ #$\t]*pmc .*$|[;|(] *pmc [^\n]*", text, re.M):
        code, at = match.group(0), match.start()
        if code.startswith("pmc") and not any(start < at < end for start, end in fenced):
            continue  # a sentence about pmc
        code = re.split(r"\s#\s| -- ", code.lstrip("# $\t"), maxsplit=1)[0]
        for command in COMMAND.finditer(code):
            if command.group(1) not in names.commands | {"COMMAND"}:
                findings.error(f"{path}:{line_of(text, at)}", f"no command is called {command.group(1)}")
        if COMMAND.search(code):
            for flag in FLAG.findall(code):
                if not names.has_flag(flag):
                    findings.error(f"{path}:{line_of(text, at)}", f"no flag is called --{flag}")


def check_texts(path, text, names, findings):
    """The texts of a command."""
    for field in re.finditer(r'\.(?:doc|summary)\s*=\s*((?:"(?:\\.|[^"\\])*"\s*)+)', text):
        said = "".join(strings(field.group(1)))
        where = f"{path}:{line_of(text, field.start())}"
        for flag in FLAG.findall(said):
            if not names.has_flag(flag):
                findings.error(where, f"no flag is called --{flag}")
        for command in re.findall(r"`pmc ([A-Za-z]+)", said):
            if command not in names.commands:
                findings.error(where, f"no command is called {command}")


def check_all(path, text, pattern, known, what, findings):
    for match in pattern.finditer(text):
        if not known(match.group(1)):
            findings.error(f"{path}:{line_of(text, match.start())}", what % match.group(1))


TABLES = {
    "shared/spec/options.def": 'OPTION(DURATION, kill_timeout, .aliases = OPTION_WORDS("kill_time"), .flag = "kill-timeout")\n',
    "cli/flags.def": 'OPTION(BOOL, json, .flag = "json")\n',
    "shared/ipc/methods.def": 'METHOD(app_stop, "app.stop", METHOD_CHANGES, "", "Stop.")\n',
    "cli/cmd_stop.c": 'const struct command cmd_stop = {\n\t.name = "stop",\n\t.aliases = COMMAND_ALIASES("halt"),\n};\n',
    "daemon/run/program.c": 'set("pm_id");\n',
}
PAGE = "packaging/man/a.1.scd"
SAMPLES = [
    ({**TABLES, PAGE: "*pmc stop* --json *--no-json* *kill_time* *pm_id* *app.stop* *pmc.log*\n"}, None),
    ({**TABLES, PAGE: "*pmc stopp*\n"}, "no command is called stopp"),
    ({**TABLES, PAGE: "*--jsn*\n"}, "no flag is called --jsn"),
    ({**TABLES, PAGE: "*kill_timout*\n"}, "nothing is called kill_timout"),
    ({**TABLES, PAGE: "*app.stopp*\n"}, "no method"),
    ({**TABLES, PAGE: "```\n  - kill_timeut: 5s\n```\n"}, "no option is called kill_timeut"),
    ({**TABLES, "README.md": "    pmc halt web --json; pmc stop x    # with pmc any way\n"}, None),
    ({**TABLES, "README.md": "pmc does\n```\npmc dose\n```\n"}, "no command is called dose"),
    ({**TABLES, "README.md": "see `pmc stop --jsonn` --other\n"}, "no flag is called --jsonn"),
    ({**TABLES, "README.md": "    kill 1; pmc lst\n"}, "no command is called lst"),
    ({**TABLES, "ecosystem-examples/a.yml": "apps:\n  - a:\n    # kill_timout: 5s\n"}, "no option is called"),
    ({**TABLES, ANNOTATED: "apps:\n  - name: a\n    # kill_timeout: 5s\n"}, None),
    ({**TABLES, ANNOTATED: "apps:\n  - name: kill_timeout\n"}, "does not show the option kill_timeout"),
    ({**TABLES, "cli/cmd_x.c": 'x = {\n\t.doc = "See "\n\t\t"`pmc stopp`.",\n'}, "no command is called stopp"),
]
