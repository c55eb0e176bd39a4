"""What a person sees: in a real terminal emulator (tmux), and byte by byte on a pseudo-terminal."""

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import termios
import time
import unicodedata
import unittest

from pmctest import DEADLINE, PmcTest, SLOW, alive, main, program, wait_until

SLEEPER = "exec sleep 1000"
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
HARMFUL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
EVIL = b"\x1b[31m \x1b]0;title\x07 \xc2\x9b2J \xe2\x80\xaegnorw \xe2\x81\xa6 \x7f\x08"  # CSI, OSC, C1, bidi, DEL, backspace


def columns(line):
    """Cells that a line of the screen takes."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line if not unicodedata.combining(letter))


class Pty:
    """A pseudo-terminal of a width; what a program writes there is taken as it is."""

    def __init__(self, test, width=80):
        self.test, self.width = test, width

    def run(self, *args, env=None):
        """(exit status, bytes). stdout and stderr are the terminal."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, self.width, 0, 0))
        process = subprocess.Popen([self.test.pmc_path, *args], env={**self.test.env, "TERM": "xterm-256color", **(env or {})},
                                   cwd=self.test.work, stdin=slave, stdout=slave, stderr=slave)
        self.test.clients.append(process)
        os.close(slave)
        text, end = b"", time.monotonic() + DEADLINE * SLOW
        while True:
            self.test.assertLess(time.monotonic(), end, f"pmc {args} does not end: {text!r}")
            if not select.select([master], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(master, 1 << 16)
            except OSError:  # EIO: nobody holds the other side
                data = b""
            if not data:
                break
            text += data
        os.close(master)
        return process.wait(DEADLINE * SLOW), text


class Tmux:
    """A private tmux server with one window, in which a shell waits for commands."""

    def __init__(self, test, width, height=30):
        self.test, self.name = test, f"pmc{len(test.terminals)}"
        self.env = {**test.env, "TERM": "xterm-256color", "PS1": "> ", "ENV": "", "SHELL": "/bin/sh", "TMUX_TMPDIR": test.dir}
        test.terminals.append(self)
        self.tmux("-f", "/dev/null", "new-session", "-d", "-s", "t", "-x", str(width), "-y", str(height), "-c", test.work, "/bin/sh")
        wait_until(lambda: ">" in self.screen(), what="the shell is there")

    def tmux(self, *args, check=True):
        done = subprocess.run(["tmux", "-u", "-L", self.name, *args], env=self.env, check=False, text=True, capture_output=True,
                              timeout=DEADLINE * SLOW)
        if check and done.returncode != 0:
            self.test.fail(f"tmux {args}: {done.stderr}")
        return done.stdout

    def end(self):
        self.tmux("kill-server", check=False)

    def type(self, line):
        self.tmux("send-keys", "-t", "t", line, "Enter")

    def key(self, name):
        self.tmux("send-keys", "-t", "t", name)

    def screen(self):
        return self.tmux("capture-pane", "-p", "-t", "t")

    def fact(self, name):
        return self.tmux("display-message", "-p", "-t", "t", f"#{{{name}}}").strip()

    def wait(self, text):
        return wait_until(lambda: self.screen() if text in self.screen() else None, what=lambda: f"{text!r} in\n{self.screen()}")

    def run(self, line):
        """What stands on the screen when the command has ended with 0."""
        self.type(f"clear; {line} && echo en''ded")
        return self.wait("ended")


def box(screen):
    """The lines of the one table on the screen."""
    return [line for line in screen.splitlines() if line[:1] in "╭├│╰" and line]


class InTmux(PmcTest):
    def setUp(self):
        if not shutil.which("tmux"):
            self.skipTest("needs tmux")
        self.terminals = []
        super().setUp()

    def tearDown(self):
        for tmux in self.terminals:
            tmux.end()
        super().tearDown()

    def start_named(self, *names):
        self.script("sleeper.sh", SLEEPER)
        self.pmc("start", self.eco("apps:\n" + "".join(f"  - name: {name}\n    script: sleeper.sh\n" for name in names)))

    def expect_table(self, screen, width, rows):
        """One table, its borders below each other, no wider than the terminal."""
        lines = box(screen)
        self.assertEqual(len(lines), rows + 4, screen)
        self.assertEqual(len({columns(line) for line in lines}), 1, screen)
        self.assertLessEqual(columns(lines[0]), width, screen)
        self.assertTrue(lines[0].startswith("╭") and lines[0].endswith("╮"), screen)
        for line in lines[3:-1]:
            self.assertEqual(line[-1], "│", screen)

    def test_the_list_fits_the_terminal(self):
        self.start_named("web", "日本語アプリ", "emoji-🚀", "api-gateway-with-a-name-longer-than-forty-columns")
        for width in (40, 80, 120):
            tmux = Tmux(self, width)
            screen = tmux.run(f"{self.pmc_path} list")
            self.expect_table(screen, width, 4)
            self.assertIn("日本語アプリ", screen)
            self.assertIn("● online", screen)
            self.assertEqual("namespace" in screen, width == 120)
            tmux.end()

    def test_watch_redraws_in_place_and_ends_with_ctrl_c(self):
        self.start_named("web")
        tmux = Tmux(self, 80)
        tmux.type(f"clear; {self.pmc_path} list --watch --interval 100ms")
        tmux.wait("web")
        self.start_named("web", "worker")
        screen = tmux.wait("worker")
        self.expect_table(screen, 80, 2)
        self.assertEqual(tmux.fact("history_size"), "0")

        self.pmc("delete", "worker")
        screen = wait_until(lambda: (lambda now: now if "worker" not in now else None)(tmux.screen()), what="the row goes")
        self.expect_table(screen, 80, 1)

        tmux.key("C-c")
        tmux.wait("^C")
        tmux.type("echo co''de=$?")
        tmux.wait("code=130")
        self.assertEqual(tmux.fact("cursor_flag"), "1")
        self.assertEqual(self.state("web"), "online")

    def test_watch_follows_the_size_of_the_terminal(self):
        self.start_named("web", "worker")
        tmux = Tmux(self, 120)
        tmux.type(f"clear; {self.pmc_path} list --watch --interval 100ms")
        tmux.wait("namespace")
        tmux.tmux("resize-window", "-t", "t", "-x", "50", "-y", "20")
        screen = wait_until(lambda: (lambda now: now if "namespace" not in now and "worker" in now else None)(tmux.screen()),
                            what=lambda: f"a narrower table:\n{tmux.screen()}")
        screen = wait_until(lambda: (lambda now: now if len(box(now)) == 6 else None)(tmux.screen()), what=tmux.screen)
        self.expect_table(screen, 50, 2)
        tmux.tmux("resize-window", "-t", "t", "-x", "130", "-y", "20")
        self.expect_table(tmux.wait("namespace"), 130, 2)

    def test_watch_ends_with_its_terminal(self):
        self.start_named("web")
        tmux = Tmux(self, 80)
        tmux.type(f"exec {self.pmc_path} list --watch --interval 24h")
        tmux.wait("web")
        pid = int(tmux.fact("pane_pid"))
        self.assertTrue(alive(pid))
        tmux.end()
        self.wait_gone(pid)
        self.assertEqual(self.state("web"), "online")

    def test_progress_is_drawn_over_and_the_table_stays(self):
        names = [f"app{number:02}" for number in range(12)]
        self.pmc("start", self.eco([{"name": name, "script": program("VICTIM"), "args": ["--ignore", "--wait-file", "go", "--exit", "0"],
                                     "kill_timeout": "60s", "autorestart": False} for name in names]))
        tmux = Tmux(self, 80, 40)
        tmux.type(f"clear; {self.pmc_path} stop all; echo co''de=$?")
        tmux.wait("12 instances: 12 stopping")
        self.touch("go")
        screen = tmux.wait("code=0")
        self.assertNotIn("instances:", screen)
        self.expect_table(screen, 80, 12)
        self.assertEqual(screen.count("○ stopped"), 12)

    def test_a_start_of_many_ends_with_the_table(self):
        self.script("sleeper.sh", SLEEPER)
        path = self.eco([{"name": "web", "script": "sleeper.sh", "instances": 20}])
        screen = Tmux(self, 80, 60).run(f"{self.pmc_path} start {path}")
        self.expect_table(screen, 80, 20)
        self.assertEqual(screen.count("● online"), 20)
        self.assertNotIn("instances:", screen)


class Bytes(PmcTest):
    def start_evil(self):
        """An app whose arguments, environment, output and last words would write on the terminal."""
        self.file("evil", EVIL)
        script = self.script("evil.sh", 'cat evil; echo; cat evil >&2; echo >&2; exit 3')
        self.file("eco.json", json.dumps({"apps": [{
            "name": "evil", "script": script, "args": ["--" + EVIL.decode(), "b"], "max_restarts": 1, "restart_delay": 1,
            "env": {"EVIL": EVIL.decode()}}]}))
        self.pmc("start", "eco.json", check=False)
        self.wait_state("evil", "errored")

    def expect_harmless(self, args, text, what):
        rest = COLOUR.sub(b"", text).replace(b"\r\n", b"\n").decode()
        found = HARMFUL.search(rest)
        self.assertIsNone(found, f"pmc {args}, {what}: {rest[max(0, found.start() - 60):found.end() + 20]!r}" if found else "")

    def test_nothing_of_an_app_reaches_the_terminal_raw(self):
        self.start_evil()
        told = b""
        for line in ("list", "list -m", "list --json", "describe evil", "describe evil --json", "logs --nostream", "logs evil --nostream --raw",
                     "prettylist", "jlist", "env evil", "env evil --json", "report", "events", "events --json", "doctor", "convert eco.json",
                     "reset evil", "restart evil", "stop evil", "start eco.json", "delete evil"):
            _, text = Pty(self, 100).run(*line.split())
            self.expect_harmless(line, text, "on a terminal")
            told += text
        self.assertIn(b"\\x1b[31m", told)

    def test_a_mistake_is_shown_without_what_it_would_do(self):
        self.file("bad.yml", b"apps:\n  - name: x\n    script: y\n    n\xe2\x80\xaeo: \"" + EVIL[:5].replace(b"\x1b", b"\\e") + b"\"\n")
        status, text = Pty(self, 60).run("validate", "bad.yml")
        self.assertEqual(status, 1)
        self.expect_harmless("validate", text, "on a terminal")
        self.assertIn(b"bad.yml:4:5: ", text)
        self.assertIn(b"^", text)

    def test_no_escape_byte_where_no_colour_is_wanted(self):
        self.pmc("start", self.script("web.sh", SLEEPER))
        lines = ("list", "describe web", "help", "help start", "doctor", "events", "logs --nostream", "report", "stop web", "start web",
                 "describe nobody", "lst")
        for line in lines:
            args = line.split()
            coloured = Pty(self).run(*args)[1]
            self.assertTrue(b"\x1b[" in coloured or line == "report", f"pmc {line} has no colour on a terminal: {coloured!r}")
            piped = self.pmc(*args, check=False)
            self.assertNotIn("\x1b", piped.stdout + piped.stderr, line)
            for env, flag in (({"NO_COLOR": "1"}, []), ({"TERM": "dumb"}, []), ({}, ["--no-color"])):
                self.assertNotIn(b"\x1b", Pty(self).run(*args, *flag, env=env)[1], f"{line} {env} {flag}")

    def test_a_dumb_terminal_is_not_drawn_over(self):
        self.pmc("start", self.script("web.sh", SLEEPER))
        master, slave = pty.openpty()
        self.env["TERM"] = "dumb"
        process = self.client("list", "--watch", "--interval", "100ms", stdout=slave)
        os.close(slave)
        text = b""

        def three_tables():
            nonlocal text
            text += os.read(master, 1 << 16) if select.select([master], [], [], 0)[0] else b""
            return text.count("╭".encode()) >= 3

        wait_until(three_tables, what="tables below each other")
        self.assertNotIn(b"\x1b", text)
        os.close(master)
        self.assertIn(process.wait(DEADLINE * SLOW), (0, 1, -signal.SIGHUP))

    def test_columns_say_how_wide(self):
        self.pmc("start", self.script("web.sh", SLEEPER))
        wide = self.pmc("list")
        self.assertIn("namespace", wide.stdout)
        self.assertEqual(wide.stderr, "")
        narrow = self.pmc("list", env={"COLUMNS": "40"})
        self.assertEqual({columns(line) <= 40 for line in narrow.stdout.splitlines()}, {True})
        self.assertIn("COLUMNS is 40: the table has no room for", narrow.stderr)
        self.assertEqual(self.pmc("list", "--silent", env={"COLUMNS": "40"}).stderr, "")

        text = Pty(self, 120).run("list", env={"COLUMNS": "40"})[1]
        self.assertNotIn(b"namespace", text)
        text = COLOUR.sub(b"", Pty(self, 60).run("list", env={"COLUMNS": "500"})[1]).decode()
        self.assertEqual({columns(line) <= 60 for line in text.splitlines()}, {True})
        for nonsense in ("", "x", "-5", "0", "99999999999999999999"):
            self.assertIn("namespace", self.pmc("list", env={"COLUMNS": nonsense}).stdout)


if __name__ == "__main__":
    main()
