"""The apps of the soak, and where each counter's lines go."""

import os
from collections import namedtuple

# form: raw, stamped, json. paths(name, home, work): [(file, step)] with the numbers first, first + 2… when step is 2.
Counter = namedtuple("Counter", "form paths")


def own(name, home, _work):
    return [(f"{home}/logs/{name}-out.log", None)]


def shared(file):
    return lambda _name, _home, work: [(f"{work}/{file}", None)]


def both(name, _home, work):
    """Odd numbers on stdout, even ones on stderr, all in the file of both."""
    return [(f"{work}/{name}.out", 1), (f"{work}/{name}.err", 0), (f"{work}/{name}.all", 1), (f"{work}/{name}.all", 0)]


COUNTERS = {
    "raw": Counter("raw", own), "wide": Counter("raw", own), "dying": Counter("raw", own),
    "dyingstamped": Counter("stamped", own), "stamped": Counter("stamped", own), "json": Counter("json", own),
    "both": Counter("raw", both), "bothstamped": Counter("stamped", both),
    "m1": Counter("stamped", shared("merged.log")), "m2": Counter("stamped", shared("merged.log")),
    "r1": Counter("raw", shared("rawmerged.log")), "r2": Counter("raw", shared("rawmerged.log")),
    **{f"inst{number}": Counter("raw", shared("instances.log")) for number in range(3)},
    **{f"slow{number}": Counter("raw", own) for number in range(2)},
}
NEVER = {"min_uptime": 0, "max_restarts": 10 ** 9}      # never errored
SCALED = {"instances": 3, "quiet": 6}
FLAPPING = ["dying", "dyingstamped", "crash", "crashslow", "crashsegv", "crashloop", "crashshell", "tree", "chain", "orphans",
            "handover"]
# Those that say `born`, and how they end: (code, signal); None: any code.
BORN = {"crashslow": (0, -1), "crashsegv": (-1, 11), "crashloop": (42, -1), "crashshell": None}
STEADY = ["raw", "wide", "stamped", "json", "both", "bothstamped", "m1", "m2", "r1", "r2", "instances", "slow0", "slow1",
          "quiet", "restarted", "stubborn", "forks", "strays", "web", "renewed"]
RESTARTED = ["raw", "wide", "stamped", "json", "both", "bothstamped", "m1", "m2", "r1", "r2", "instances", "slow0", "slow1",
             "quiet", "restarted", "stubborn", "forks", "strays", "web", "dying", "dyingstamped", "tree", "chain", "orphans"]
SIGNALLED = ["quiet", "restarted", "forks", "strays", "web", "tree"]
SERVER = """require('http').createServer((request, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1');
setInterval(() => console.log('alive', new Date().toISOString(), 'x'.repeat(200)), 20);
"""
SHELL = """#!/bin/bash
echo born
sleep 0.$((RANDOM % 9))$((RANDOM % 9))
exit $((RANDOM % 200 + 1))
"""


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o755)
    return path


def counting(work, program, name, rate, *arguments, **options):
    words = ["--name", name, "--rate", rate, "--width", 60, "--whole", "--count", f"{work}/{name}.count", *arguments]
    return {"name": name, "script": program, "args": [str(word) for word in words], "kill_timeout": "30s", **options}


def victim(program, name, *arguments, **options):
    return {"name": name, "script": program, "args": [str(word) for word in arguments], "kill_timeout": 500, **options}


def counters(work, program):
    def app(name, rate, *arguments, **options):
        return counting(work, program, name, rate, *arguments, **options)
    merged, raw = {"out_file": f"{work}/merged.log", "time": True}, {"out_file": f"{work}/rawmerged.log"}
    instance = (f"exec {program} --name inst$NODE_APP_INSTANCE --rate 200 --width 60 --whole "
                f"--count {work}/inst$NODE_APP_INSTANCE.count")
    files = {name: {"out_file": f"{work}/{name}.out", "error_file": f"{work}/{name}.err", "log_file": f"{work}/{name}.all"}
             for name in ("both", "bothstamped")}
    return [
        app("raw", 1500), app("wide", 20, "--width", 20000), app("stamped", 1000, time=True), app("json", 300, log_type="json"),
        app("both", 300, "--both", **files["both"]), app("bothstamped", 300, "--both", time=True, **files["bothstamped"]),
        app("m1", 300, **merged), app("m2", 200, **merged), app("r1", 300, **raw), app("r2", 200, **raw),
        app("slow0", 3), app("slow1", 7),
        app("dying", 1000, "--die", 450, exp_backoff_restart_delay=0, **NEVER),
        app("dyingstamped", 400, "--die", 700, time=True, **NEVER),
        {"name": "instances", "script": instance, "instances": 3, "out_file": f"{work}/instances.log", "merge_logs": True,
         "kill_timeout": "30s"},
    ]


def crashing(work, program):
    quick = {"exp_backoff_restart_delay": 0, **NEVER}
    return [
        victim(program, "crash", "--say", "born", "--after", 700, "--exit", 3, **NEVER),
        victim(program, "crashslow", "--say", "born", "--after", 2300, "--exit", 0, **NEVER),
        victim(program, "crashsegv", "--say", "born", "--half", "half", "--after", 1100, "--kill", 11, **NEVER),
        victim(program, "crashloop", "--say", "born", "--after", 60, "--exit", 42, restart_delay=100, **quick),
        {"name": "crashshell", "script": write(f"{work}/crash.sh", SHELL), **quick},
        victim(program, "tree", "--daemonize", 2, "--children", 2, "--after", 1900, "--kill", 9, **NEVER),
        victim(program, "chain", "--chain", 1, "--after", 2900, "--exit", 1, **NEVER),
        victim(program, "orphans", "--orphans", 3, "--after", 1700, "--exit", 1, **NEVER),
        victim(program, "handover", "--hand-over", "--after", 3100, "--exit", 1, **NEVER),
    ]


def apps(work, port, victim_program, counter_program):
    server = write(f"{work}/server.js", SERVER)
    return [
        *counters(work, counter_program), *crashing(work, victim_program),
        victim(victim_program, "quiet", instances=6), victim(victim_program, "restarted", "--children", 1),
        victim(victim_program, "stubborn", "--ignore"), victim(victim_program, "forks", "--children", 3, "--daemonize", 2),
        victim(victim_program, "strays", "--clearenv", 2), victim(victim_program, "renewed", "--children", 1),
        {"name": "web", "script": server, "env": {"PORT": str(port)}, **NEVER},
    ]
