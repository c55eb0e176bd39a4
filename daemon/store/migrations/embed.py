"""Write the numbered migrations as C arrays of strings, one a folder: embed.py OUTPUT FOLDER/NNNN.sql..."""
import json
import os
import sys

output, files = sys.argv[1], sys.argv[2:]
folders = {}
for path in files:
    folders.setdefault(os.path.basename(os.path.dirname(path)), []).append(path)
with open(output, "w", encoding="ascii") as out:
    out.write('#include "daemon/store/migrations.h"\n')
    for folder, paths in folders.items():
        out.write("\nconst char *const migrations_%s[] = {\n" % folder)
        for path in sorted(paths):
            with open(path, encoding="ascii") as sql:
                out.writelines("\t%s\n" % json.dumps(line) for line in sql)
            out.write("\t,\n")
        out.write("\tNULL,\n};\n")
