#!/usr/bin/env python3
"""Write a C file with the completion scripts as texts: embed.py OUTPUT pmc.SHELL..."""

import json
import os
import sys


def literal(line):
    """JSON's escapes are C's, for the plain text these files are."""
    return "\t" + json.dumps(line, ensure_ascii=False)


def main(output, *inputs):
    parts = ['#include "cli/completion_scripts.h"\n']
    for path in inputs:
        shell = os.path.splitext(path)[1][1:]
        with open(path, encoding="ascii") as file:
            lines = file.read().splitlines(keepends=True)
        parts.append(f"\nconst char completion_script_{shell}[] =\n" + "\n".join(map(literal, lines)) + ";\n")
    with open(output, "w", encoding="ascii") as file:
        file.writelines(parts)


if __name__ == "__main__":
    main(*sys.argv[1:])
