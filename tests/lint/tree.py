"""What every rule reads: the files of the tree, and C text without comments."""

import os
import re
import subprocess


class Tree:
    """The files under version control (or, without git, all but build folders), as relative paths."""

    def __init__(self, root):
        self.root = os.path.abspath(root)
        self.files = sorted(self._tracked() or self._walked())
        self._texts = {}

    def _tracked(self):
        if not os.path.exists(os.path.join(self.root, ".git")):
            return None
        listed = subprocess.run(
            ["git", "-c", "safe.directory=*", "-C", self.root, "ls-files", "-z"],
            capture_output=True, check=False)
        if listed.returncode != 0:
            return None
        names = listed.stdout.decode().split("\0")
        return [name for name in names if name and os.path.isfile(os.path.join(self.root, name))]

    def _walked(self):
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = [f for f in folders if f not in (".git", "node_modules", "__pycache__")
                          and not f.startswith("build")]
            found += [os.path.relpath(os.path.join(folder, name), self.root) for name in names]
        return found

    def text(self, path):
        if path not in self._texts:
            with open(os.path.join(self.root, path), "rb") as file:
                self._texts[path] = file.read().decode("utf-8", "replace")
        return self._texts[path]

    def select(self, folders, suffixes):
        return [path for path in self.files
                if path.endswith(suffixes) and path.startswith(tuple(f + "/" for f in folders))]

    def sources(self, *suffixes):
        return self.select(("shared", "daemon", "cli"), suffixes or (".c", ".h"))


class Findings:
    """What a rule has to say: errors fail it, notes are only printed."""

    def __init__(self):
        self.errors, self.notes = [], []

    def error(self, where, what):
        self.errors.append(f"{where}: {what}")

    def note(self, where, what):
        self.notes.append(f"{where}: {what}")


class Skip(Exception):
    """The rule cannot be checked here; the text says why."""


_TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(text, strings=True):
    """The text with comments (and contents of strings) as blanks: same length, same lines."""
    def replace(match):
        token = match.group(0)
        if token[0] in "\"'":
            return token[0] + " " * (len(token) - 2) + token[0] if strings else token
        return re.sub(r"[^\n]", " ", token)
    return _TOKEN.sub(replace, text)


def without_preprocessor(text):
    """Blank out directives and their continuation lines."""
    return re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", lambda m: re.sub(r"[^\n]", " ", m.group(0)),
                  text, flags=re.M)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


class Function:
    def __init__(self, name, static, line, lines):
        self.name, self.static, self.line, self.lines = name, static, line, lines


_FUNCTION = re.compile(r"^(?P<head>[A-Za-z_][\w \t\n*]*?[\s*])(?P<name>[A-Za-z_]\w*)"
                       r"\((?P<args>[^;{}]*?)\)(?P<tail>[\w\s(),]*?)\n\{", re.M)


def functions(text):
    """Function definitions of a C file in our format: head at column 0, brace on a line of its own."""
    code = without_preprocessor(blank(text))
    found = []
    for match in _FUNCTION.finditer(code):
        if match.group("head").split()[0] in ("typedef", "else", "return"):
            continue
        end = code.find("\n}", match.end())
        if end < 0:
            continue
        first, last = line_of(code, match.start()), line_of(code, end + 1)
        static = "static" in match.group("head").split()
        found.append(Function(match.group("name"), static, first, last - first + 1))
    return found


_VARIABLE = re.compile(r"^(?P<head>(?:const |_Atomic |volatile |_Thread_local |struct |enum |unsigned |union )*"
                       r"\w+[ \t]+\**)(?P<name>\w+)(?P<array>(?:\[[^\]]*\])*)[ \t]*(?:=|;)", re.M)


def variables(text):
    """(name, line) of file-scope variables that are not static."""
    code = without_preprocessor(blank(text))
    found = []
    for match in _VARIABLE.finditer(code):
        if match.group("head").split()[0] in ("static", "extern", "typedef", "return", "goto"):
            continue
        found.append((match.group("name"), line_of(code, match.start())))
    return found


def entries(text, macro):
    """(line, source text) of each `MACRO(…)` of a .def list, with balanced parentheses."""
    code, found = blank(text), []
    for match in re.finditer(rf"^{macro}\(", code, re.M):
        depth, at = 1, match.end()
        while at < len(code) and depth:
            depth += {"(": 1, ")": -1}.get(code[at], 0)
            at += 1
        found.append((line_of(code, match.start()), text[match.end():at - 1]))
    return found


def strings(source):
    """The string literals of a piece of C, neighbours joined."""
    literal = r'"((?:\\.|[^"\\])*)"'
    runs = re.finditer(r'(?:"(?:\\.|[^"\\])*"\s*)+', source)
    return ["".join(re.findall(literal, run.group(0))) for run in runs]
