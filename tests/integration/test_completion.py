"""Completion in real shells: what Tab makes of a line."""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time

from pmctest import PmcTest, SLOW, SOURCE, main, read_file, wait_until

SCRIPTS = os.path.join(SOURCE, "packaging/completions")
TAB, REPORT = "\t", "\x14"  # Ctrl-T writes the line into a file and empties it


class Shell:
    """An interactive shell in a terminal of its own."""

    def __init__(self, test, command, setup):
        self.test, self.report = test, os.path.join(test.work, "report")
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(test.work)
            os.execvpe(command[0], command, {**test.env, "TERM": "dumb", "REPORT": self.report, "PS1": "", "HISTFILE": ""})
        self.seen = b""
        os.write(self.terminal, (setup + "\necho READY-$((40 + 2))\n").encode())
        self.wait_seen(b"READY-42")

    def wait_seen(self, text):
        end = time.monotonic() + 10 * SLOW
        while text not in self.seen:
            ready, _, _ = select.select([self.terminal], [], [], end - time.monotonic())
            if not ready:
                raise AssertionError(f"the shell says only {self.seen!r}")
            self.seen += os.read(self.terminal, 65536)

    def line(self, text):
        """The line after Tab was hit behind `text`."""
        os.write(self.terminal, (text + TAB + REPORT).encode())
        answer = wait_until(lambda: self.drain() or read_file(self.report), what=lambda: f"Tab behind {text!r}: {self.seen[-2000:]!r}")
        os.unlink(self.report)
        return answer.rstrip("\n")

    def drain(self):
        while select.select([self.terminal], [], [], 0)[0]:
            self.seen += os.read(self.terminal, 65536)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


class Completion(PmcTest):
    def setUp(self):
        super().setUp()
        self.env["PATH"] = os.path.dirname(self.pmc_path) + ":" + self.env["PATH"]
        self.file("server-of-ours.js", "setInterval(() => {}, 1000);\n")
        os.mkdir(os.path.join(self.work, "folder-of-ours"))

    def shell(self, name, *options, setup):
        if not shutil.which(name):
            self.skipTest(f"needs {name}")
        return Shell(self, [name, *options], setup)

    def bash(self):
        return self.shell("bash", "--norc", "--noprofile", "-i", setup=(
            "bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; "
            f"source {SCRIPTS}/pmc.bash; "
            "report() { printf '%s\\n' \"$READLINE_LINE\" >$REPORT.new; READLINE_LINE=; mv $REPORT.new $REPORT; }; "
            "bind -x '\"\\C-t\": report'"))

    def zsh(self, load="autoload -Uz compinit; compinit -u -D; source <(pmc completion zsh)"):
        return self.shell("zsh", "-f", "-i", setup=(
            f"unsetopt beep prompt_cr prompt_sp; {load}; "
            "report() { print -r -- \"$BUFFER\" >$REPORT.new; BUFFER=; mv $REPORT.new $REPORT; }; "
            "zle -N report; bindkey '^T' report"))

    def fish(self, line):
        """The candidates of fish."""
        if not shutil.which("fish"):
            self.skipTest("needs fish")
        done = subprocess.run(["fish", "--no-config", "-c", f"source {SCRIPTS}/pmc.fish; complete -C $argv[1]", line],
                              env={**self.env, "XDG_CONFIG_HOME": self.dir}, cwd=self.work, capture_output=True, text=True,
                              check=True, timeout=30 * SLOW)
        self.assertEqual(done.stderr, "")
        return [candidate.split("\t")[0] for candidate in done.stdout.splitlines()]

    def words(self, *typed):
        """What pmc answers to a script."""
        done = self.pmc("completion", "words", "--", *typed)
        self.assertEqual(done.stderr, "")
        return [line.split("\t")[0] or "<" + line.strip() + ">" for line in done.stdout.splitlines()]

    def start_apps(self):
        for name in ("webserver", "team:queue", "my app"):
            self.start_victim(name, options=("--namespace", "frontend"))

    LINES = [
        ("pmc resta", "pmc restart "),
        ("pmc reloadL", "pmc reloadLogs "),
        ("pmc describe --show-s", "pmc describe --show-secrets "),
        ("pmc start x --no-autor", "pmc start x --no-autorestart "),
        ("pmc start --log-type j", "pmc start --log-type json "),
        ("pmc start --log-type=j", "pmc start --log-type=json "),
        ("pmc sendSignal SIGUSR1 webs", "pmc sendSignal SIGUSR1 webserver "),
        ("pmc sendSignal SIGWIN", "pmc sendSignal SIGWINCH "),
        ("pmc daemon rel", "pmc daemon reload "),
        ("pmc stop team", "pmc stop team:queue "),
        ("pmc stop team:q", "pmc stop team:queue "),
        ("pmc stop front", "pmc stop frontend "),
        ("pmc logs webserver my", "pmc logs webserver my\\ app "),
        ("pmc start serv", "pmc start server-of-ours.js "),
        ("pmc start --output=serv", "pmc start --output=server-of-ours.js "),
        ("pmc start --cwd fol", "pmc start --cwd folder-of-ours/"),
        ("pmc start x -- serv", "pmc start x -- server-of-ours.js "),
        ("pmc nonsense ser", "pmc nonsense ser"),
        ("pmc help desc", "pmc help describe "),
    ]

    def test_bash(self):
        self.start_apps()
        with self.bash() as shell:
            self.assertEqual({typed: shell.line(typed) for typed, _ in self.LINES}, dict(self.LINES))

    def test_zsh(self):
        self.start_apps()
        with self.zsh() as shell:
            self.assertEqual({typed: shell.line(typed) for typed, _ in self.LINES}, dict(self.LINES))

    def test_zsh_where_the_script_is_installed(self):
        os.mkdir(os.path.join(self.work, "functions"))
        shutil.copy(os.path.join(SCRIPTS, "pmc.zsh"), os.path.join(self.work, "functions/_pmc"))
        with self.zsh("fpath=($PWD/functions $fpath); autoload -Uz compinit; compinit -u -D") as shell:
            self.assertEqual(shell.line("pmc resta"), "pmc restart ")
            self.assertEqual(shell.line("pmc resur"), "pmc resurrect ")

    def test_fish(self):
        self.start_apps()
        for typed, expected in self.LINES:
            with self.subTest(typed=typed):
                whole = re.split(r"(?<!\\) ", expected.rstrip(" "))[-1]
                found = self.fish(typed)
                if typed == expected:
                    self.assertEqual(found, [])
                else:
                    self.assertIn(whole.replace("\\", ""), found)

    def test_no_daemon_is_started_and_none_is_waited_for(self):
        self.assertEqual(self.words("stop", ""), ["<files>", "all"])
        self.assertFalse(os.path.exists(self.home), "completion made a home")
        self.pmc("ping")
        send_stop, send_cont = signal.SIGSTOP, signal.SIGCONT
        os.kill(self.engine_pid(), send_stop)
        try:
            self.assertEqual(self.words("stop", ""), ["<files>", "all"])
        finally:
            os.kill(self.engine_pid(), send_cont)

    def test_ids_where_a_digit_was_typed(self):
        self.start_apps()
        self.assertNotIn("0", self.words("stop", ""))
        self.assertIn("0", self.words("stop", "0"))

    def test_scripts_are_those_of_the_tree(self):
        for name in ("bash", "zsh", "fish"):
            self.assertEqual(self.pmc("completion", name).stdout, read_file(os.path.join(SCRIPTS, "pmc." + name)))
        self.assertIn("~/.local/share/bash-completion", self.pmc("completion", "install").stdout)
        self.assertIn("there is bash, zsh, fish", self.pmc_fails("completion", "tcsh"))


if __name__ == "__main__":
    main()
