/* log_print: lines of apps onto a terminal or a pipe: label in front, control bytes escaped. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "cli/out/say.h"
#include "shared/base/str.h"

struct log_source;

struct log_print {
	const struct say *say;
	bool raw;	     /* the line alone; as it is, unless a terminal would read it */
	unsigned label;	     /* columns */
	struct str out, err; /* not written yet */
};

void log_print_done(struct log_print *print);

/* A log_source_line_fn: append the line to what is to be written; writes when that is much. -EPIPE:
 * the reader has gone. */
int log_print_line(void *user, const struct log_source *source, const char *line, size_t len);

/* Write what is waiting. */
int log_print_flush(struct log_print *print);
