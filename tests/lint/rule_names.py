"""`foo.c` exports only `foo_*`: whoever reads a name knows the file."""

import os

from tree import functions, variables

# file: (prefixes or whole names it may export as well, why)
EXCEPTIONS = {
    "shared/base/error.c": (("pmc_error",), "every file uses it; `error` alone is a function of libc"),
    "shared/base/log.c": (("pmc_log",), "`log` alone is a function of libm"),
    "shared/config/settings.c": (("settings",), "the whole is one noun"),
    "daemon/preload/bind.c": (("bind",), "replaces the function of libc of this name"),
}


def may_export(path, name):
    stem = os.path.splitext(os.path.basename(path))[0]
    if name == "main" or name == stem or name.startswith(stem + "_"):
        return True
    prefixes, _ = EXCEPTIONS.get(path, ((), ""))
    return any(name == prefix or name.startswith(prefix + "_") for prefix in prefixes)


def check(tree, findings):
    for path in tree.sources(".c"):
        text = tree.text(path)
        exported = [(f.name, f.line) for f in functions(text) if not f.static] + variables(text)
        for name, line in exported:
            if not may_export(path, name):
                findings.error(f"{path}:{line}", f"exports {name}: make it static, or give it the file's name")


GOOD = """
#include "shared/base/str.h"

static int hidden(int a)
{
	return a;
}

/* int other(void) in a comment */
static const char *const names[] = {"a", "b"};
const struct command cmd = {
	.name = "x",
};

struct str *str_create(const char *text,
		       size_t len)
{
	return NULL;
}
"""
SAMPLES = [
    ({"shared/base/str.c": GOOD.replace("cmd =", "str_default =")}, None),
    ({"shared/base/str.c": GOOD}, "exports cmd:"),
    ({"shared/base/str.c": "int strange(void)\n{\n\treturn 0;\n}\n"}, "exports strange"),
    ({"shared/base/str.c": "static int\nhidden(void)\n{\n\treturn 0;\n}\nint str(void)\n{\n\treturn 0;\n}\n"}, None),
    ({"shared/base/str.c": "unsigned long counter;\n"}, "exports counter"),
    ({"shared/base/str.c": "void *other(void (*fn)(void *), void *owner)\n{\n\treturn owner;\n}\n"}, "exports other"),
    ({"shared/base/error.c": "int pmc_error_set(void)\n{\n\treturn 0;\n}\n"}, None),
    ({"cli/main.c": "int main(int argc, char **argv)\n{\n\treturn 0;\n}\n"}, None),
]
