/* lines: a temporary folder with log files, and a collector of the lines that are read back from
 * them, for tests. */
#pragma once
#include <stdbool.h>

#include "shared/base/str.h"
#include "shared/logfile/logfile_line.h"

struct lines {
	char dir[64];
	struct str seen; /* "TAG:text" each; '+' in front: continued; '~' behind: open */
	unsigned count;
};

void lines_setup(struct lines *lines);
void lines_teardown(struct lines *lines);

/* A path in the folder; static memory, four at a time. */
const char *lines_path(const struct lines *lines, const char *name);

/* Append to a file, which is made if it is missing. */
void lines_write(const struct lines *lines, const char *name, const char *text);

/* A logfile_line_fn; the owner is the struct lines, the tag a string. */
void lines_collect(void *owner, void *tag, const struct logfile_line *line);
