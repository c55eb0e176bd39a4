#!/usr/bin/env python3
"""Check one rule of the house, or that a rule can fail.

lint.py RULE ROOT          check the tree; exit 1 with findings, 77 when it cannot be checked here
lint.py --self-test RULE   run the rule on its own samples: the bad ones must be found, the good ones not
"""

import importlib
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from tree import Findings, Skip, Tree  # noqa: E402


def check(rule, root):
    findings = Findings()
    rule.check(Tree(root), findings)
    return findings


def run(rule, root):
    findings = check(rule, root)
    for note in findings.notes:
        print(f"note: {note}")
    for error in findings.errors:
        print(error)
    print(f"{len(findings.errors)} errors, {len(findings.notes)} notes")
    return 1 if findings.errors else 0


def self_test(rule):
    """Each sample is (files, expected): a part of the one error's text, or None for a clean tree."""
    failed = 0
    for number, (files, expected) in enumerate(rule.SAMPLES, 1):
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            errors = check(rule, root).errors
        good = not errors if expected is None else len(errors) == 1 and expected in errors[0]
        if not good:
            print(f"sample {number}: expected {expected!r}, found {errors}")
            failed += 1
    print(f"{len(rule.SAMPLES)} samples, {failed} failed")
    if not any(expected is None for _, expected in rule.SAMPLES) or len(rule.SAMPLES) < 2:
        print("a rule needs a good and a bad sample")
        return 1
    return 1 if failed else 0


def main(argv):
    if len(argv) != 3:
        print(__doc__)
        return 2
    try:
        if argv[1] == "--self-test":
            return self_test(importlib.import_module("rule_" + argv[2]))
        return run(importlib.import_module("rule_" + argv[1]), argv[2])
    except Skip as why:
        print(f"skipped: {why}")
        return 77


if __name__ == "__main__":
    sys.exit(main(sys.argv))
