"""Who may include whom: folders point downwards only, and each library has its rooms."""

import os
import re

# Headers of libraries, by the name the tables below use. What is in no row here is libc.
LIBRARIES = {
    "uv.h": "uv", "sqlite3.h": "sqlite", "jansson.h": "jansson", "yaml.h": "yaml", "ini.h": "ini",
    "pcre2.h": "pcre2", "zlib.h": "zlib", "zstd.h": "zstd", "ncurses.h": "curses", "curses.h": "curses",
    "panel.h": "curses", "ncursesw/ncurses.h": "curses", "ncursesw/curses.h": "curses",
    "libsmartcols/libsmartcols.h": "smartcols", "microhttpd.h": "microhttpd", "systemd/sd-journal.h": "systemd",
    "uthash.h": "uthash", "utlist.h": "uthash",
}

# What code without a system call may use of libc.
PURE = {
    "assert.h", "ctype.h", "errno.h", "inttypes.h", "limits.h", "math.h", "signal.h", "stdalign.h", "stdarg.h",
    "stdatomic.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h", "strings.h",
    "linux/filter.h",  # how an instruction of the kernel's small programs looks: a struct and constants
}

SHARED = ("shared/",)
LOW = ("shared/base/", "shared/model/")

# folder or file: (what it may include besides its own folder, libraries). The longest match counts.
RULES = {
    "shared/base/": ((), ()),
    "shared/base/glob": ((), ("pcre2",)),
    "shared/base/pattern": ((), ("pcre2",)),
    "shared/model/": (("shared/base/",), ("jansson",)),
    "shared/option/": (("shared/base/",), ("jansson",)),
    "shared/spec/": (LOW + ("shared/option/",), ("yaml", "jansson")),
    "shared/config/": (LOW + ("shared/option/",), ("ini", "jansson")),
    "shared/ipc/": (LOW, ("jansson",)),
    "shared/logfile/": (LOW, ("zlib", "zstd")),
    "daemon/keeper/keeper.c": (("daemon/keeper/keeper_start.h", "daemon/keeper/keeper_table.h"), ()),
    "daemon/keeper/keeper_start": (("daemon/keeper/keeper_table.h",), ()),
    "daemon/keeper/keeper_table.h": ((), ()),
    "daemon/keeper/keeper_link": (("shared/base/", "daemon/loop/", "daemon/keeper/keeper_table.h"), ("uv",)),
    "daemon/preload/": ((), ()),
    "daemon/core/": (LOW + ("shared/spec/app_spec.h", "shared/spec/cron.h"), ()),
    # The bus drains after I/O in a uv_check, so it knows the loop.
    "daemon/bus/": (LOW + ("shared/ipc/events.def", "daemon/loop/"), ("uv",)),
    "daemon/loop/": (("shared/base/",), ("uv",)),
    "daemon/node/": (SHARED + ("daemon/loop/", "daemon/bus/"), ("uv", "jansson")),
    "daemon/probe/": (SHARED + ("daemon/loop/", "daemon/bus/"), ("uv",)),
    "daemon/log/": (SHARED + ("daemon/loop/", "daemon/bus/"), ("uv", "jansson", "zlib")),
    "daemon/run/": (SHARED + ("daemon/core/", "daemon/loop/", "daemon/bus/", "daemon/node/", "daemon/probe/probe.h",
                              "daemon/log/log.h", "daemon/keeper/keeper_link.h",
                              # what keeper_link.h shows
                              "daemon/keeper/keeper_table.h"), ("uv",)),
    # Store and control have handles of their own (asyncs, timers, pipes), so they know the loop's groups.
    "daemon/store/": (SHARED + ("daemon/bus/", "daemon/loop/"), ("uv", "sqlite")),
    "daemon/control/": (SHARED + ("daemon/run/supervisor.h", "daemon/store/", "daemon/log/follow.h", "daemon/bus/",
                                  "daemon/loop/"), ("uv", "jansson")),
    # The composition root and what main() needs: everything of the daemon.
    "daemon/": (SHARED + ("daemon/",), ("uv",)),
    "cli/": (SHARED, ("jansson", "smartcols")),
    "cli/monit/": (SHARED + ("cli/",), ("jansson", "curses", "smartcols")),
    "cli/out/": (SHARED, ("jansson", "smartcols")),
}

WITHOUT_SYSTEM_CALLS = ("daemon/core/",)

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def rule_of(path):
    """The row for a file: (key, folders, libraries), or None. daemon/ itself is no cover for rooms nobody named."""
    best = max((key for key in RULES if path.startswith(key)), key=len, default=None)
    if best is None or (best == "daemon/" and os.path.dirname(path) != "daemon"):
        return None
    return (best, *RULES[best])


def own_folder(path):
    """cli/ is one program: its folders may see each other. daemon/keeper has two programs, so no own folder."""
    if path.startswith("cli/"):
        return "cli/"
    if path.startswith("daemon/keeper/"):
        return None
    return os.path.dirname(path) + "/"


def check_quoted(tree, path, where, target, findings):
    key, allowed, _ = rule_of(path)
    if target not in tree.files:
        findings.error(where, f'"{target}" is not a path from the root of the tree')
        return
    folder = own_folder(path)
    if folder and target.startswith(folder) and key != "daemon/":
        return
    if os.path.splitext(target)[0] == os.path.splitext(path)[0]:
        return
    if not target.startswith(tuple(allowed)):
        findings.error(where, f"{key} must not include {target}")


def check_angled(path, where, target, findings):
    key, _, libraries = rule_of(path)
    library = LIBRARIES.get(target)
    if library is not None and library not in libraries:
        findings.error(where, f"{key} must not use {library} ({target})")
    if library is None and path.startswith(WITHOUT_SYSTEM_CALLS) and target not in PURE:
        findings.error(where, f"{key} makes no system calls, so no <{target}>")


def check_own_first(tree, path, includes, findings):
    own = os.path.splitext(path)[0] + ".h"
    if path.endswith(".c") and own in tree.files and (not includes or includes[0] != own):
        findings.error(path, f'the first include must be its own header "{own}"')


def check(tree, findings):
    for path in tree.sources():
        if not rule_of(path):
            findings.error(path, "no row of the include table covers this folder")
            continue
        text, includes = tree.text(path), []
        for match in INCLUDE.finditer(text):
            where = f"{path}:{text.count(chr(10), 0, match.start()) + 1}"
            kind, target = match.groups()
            includes.append(target)
            if kind == '"':
                check_quoted(tree, path, where, target, findings)
            else:
                check_angled(path, where, target, findings)
        check_own_first(tree, path, includes, findings)


STR = {"shared/base/str.h": "#pragma once\n"}
SAMPLES = [
    ({**STR, "shared/base/str.c": '#include "shared/base/str.h"\n#include <string.h>\n'}, None),
    ({**STR, "shared/base/str.c": '#include <string.h>\n#include "shared/base/str.h"\n'}, "own header"),
    ({**STR, "shared/base/a.c": '#include "str.h"\n'}, "not a path from the root"),
    ({"shared/base/a.c": "#include <uv.h>\n"}, "must not use uv"),
    ({"shared/base/pattern.c": "#include <pcre2.h>\n"}, None),
    ({"shared/base/str.c": "#include <pcre2.h>\n"}, "must not use pcre2"),
    ({"shared/ipc/frame.h": "", "shared/base/a.c": '#include "shared/ipc/frame.h"\n'}, "must not include"),
    ({"daemon/core/plan.c": "#include <unistd.h>\n"}, "no system calls"),
    ({"daemon/core/plan.c": "#include <uv.h>\n"}, "must not use uv"),
    ({"daemon/run/supervisor.h": "", "cli/a.c": '#include "daemon/run/supervisor.h"\n'}, "must not include"),
    ({"daemon/run/supervisor.h": "", "daemon/log/a.c": '#include "daemon/run/supervisor.h"\n'}, "must not include"),
    ({"daemon/run/slots.h": "", "daemon/control/a.c": '#include "daemon/run/slots.h"\n'}, "must not include"),
    ({**STR, "daemon/keeper/keeper.c": '#include "shared/base/str.h"\n'}, "must not include"),
    ({"daemon/keeper/keeper_link.h": "", "daemon/keeper/keeper.c": '#include "daemon/keeper/keeper_link.h"\n'},
     "must not include"),
    ({"cli/main.c": "#include <sqlite3.h>\n"}, "must not use sqlite"),
    ({"daemon/bus/bus.h": "", "daemon/daemon.c": '#include "daemon/bus/bus.h"\n#include <uv.h>\n'}, None),
    ({"daemon/attic/a.c": ""}, "no row of the include table"),
    ({"shared/attic/a.c": ""}, "no row of the include table"),
]
