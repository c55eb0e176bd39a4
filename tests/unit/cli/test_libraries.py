#!/usr/bin/env python3
"""Start-up stays short whatever is added: pmc asks the loader for libc, and for nothing that only one command needs.

test_libraries.py PROGRAM LIBRARY...    LIBRARY: what else it may need, as in libNAME.so
"""

import re
import subprocess
import sys
import unittest

program, *also = sys.argv[1:]
allowed = {"c", *also}


class Libraries(unittest.TestCase):
    def test_it_needs_no_more_than_it_should(self):
        shown = subprocess.run(["readelf", "-dW", program], stdout=subprocess.PIPE, text=True, check=True, timeout=30).stdout
        names = re.findall(r"\(NEEDED\).*\[(?:lib)?(.+?)(?:-\d+)?\.so", shown)
        needed = {name for name in names if not name.startswith("ld-linux")}     # the loader itself
        self.assertIn("c", needed)
        self.assertEqual(needed - allowed, set(),
                         "load it with dlopen() in the one command that needs it, or link it statically (static_parsers)")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
