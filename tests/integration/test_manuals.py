"""The manual pages: every one renders without a warning and says all that the tables have."""

import os
import re
import shutil
import subprocess
import unittest

from pmctest import SOURCE, main

MANUALS = os.environ.get("MANUALS", "")


def render(page, width=100):
    """The page as a reader sees it, and what the renderer has to complain about."""
    done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", os.path.join(MANUALS, page)], check=False, text=True,
                          capture_output=True, env={**os.environ, "MANWIDTH": str(width), "MANPAGER": "cat", "MAN_KEEP_FORMATTING": ""})
    return re.sub("\x1b\\[[0-9;]*m|.\b", "", done.stdout), done.stderr


def table(path, macro):
    """The rows of a list of shared/ or cli/."""
    with open(os.path.join(SOURCE, path), encoding="utf-8") as file:
        return re.findall(rf"^{macro}\((\w+), (\"[^\"]+\"|\w+)", file.read(), re.M)


@unittest.skipUnless(os.path.exists(os.path.join(MANUALS, "pmc.1")), "built without scdoc")
@unittest.skipUnless(shutil.which("man"), "needs man")
class Manuals(unittest.TestCase):
    def has(self, text, line, what):
        """The page has a line that matches; the failure does not print the page."""
        self.assertTrue(re.search(rf"^ +{line}", text, re.M), f"{what} is not described")

    def page(self, name):
        text, complaints = render(name)
        self.assertEqual(complaints, "")
        return text

    def test_every_page_renders_without_warnings_at_any_width(self):
        for page in ("pmc.1", "pmcd.8", "pmc-ecosystem.5", "pmc-ipc.7"):
            for width in (40, 80, 200):
                with self.subTest(page=page, width=width):
                    text, complaints = render(page, width)
                    self.assertEqual(complaints, "")
                    self.assertTrue("SEE ALSO" in text, "the page is not whole")
                    self.assertFalse(re.findall(r"@[a-z-]+@", text), "a part was not filled in")

    def test_every_command_and_flag_is_in_pmc(self):
        text = self.page("pmc.1")
        with open(os.path.join(SOURCE, "cli/commands.c"), encoding="utf-8") as file:
            commands = re.findall(r"&cmd_(\w+)", file.read())
        self.assertGreater(len(commands), 20)
        part = text[text.index("\nCOMMANDS"):text.index("\nOPTIONS")]
        self.assertEqual(len(re.findall(r"^ {7}pmc [a-zA-Z]+", part, re.M)), len(commands))
        with open(os.path.join(SOURCE, "cli/flags.def"), encoding="utf-8") as file:
            for flag in re.findall(r'\.flag = "([^"]+)"', file.read()):
                self.has(text, rf"(-\w, )?--(\[no-\])?{flag}\b", flag)

    def test_every_option_of_apps_and_its_type_is_in_ecosystem(self):
        text = self.page("pmc-ecosystem.5")
        types = text[text.index("\nTYPES"):text.index("\nOPTIONS")]
        for _, name in table("shared/spec/options.def", "OPTION"):
            found = re.search(rf"^ {{7}}{name}: (\S+)", text, re.M)
            self.assertTrue(found, f"{name} is not described")
            word = found.group(1)
            if not re.fullmatch(r"[a-z]+(\|[a-z]+)+", word):  # one of some words, or a type that is explained
                self.assertIn(word, types)
        for name, _ in table("shared/spec/pm2_ignored.def", "IGNORED"):
            self.has(text, rf"{name}$", name)

    def test_settings_states_events_and_methods_are_where_they_belong(self):
        daemon, ipc = self.page("pmcd.8"), self.page("pmc-ipc.7")
        for _, name in table("shared/config/settings.def", "OPTION"):
            self.has(daemon, f"{name}: ", name)
        for macro, path in (("STATE", "shared/model/states.def"), ("EVENT", "shared/ipc/events.def")):
            for _, name in table(path, macro):
                for text in (daemon, ipc):
                    self.has(text, f"{name[1:-1]}$", name)
        for _, name in table("shared/ipc/methods.def", "METHOD"):
            self.has(ipc, rf"{re.escape(name[1:-1])}\b", name)


if __name__ == "__main__":
    main()
