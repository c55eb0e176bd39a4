/* log_print: lines of apps onto a terminal or a pipe: label in front, control bytes escaped.
 *
 * Lines may come in pieces (logfile_line): pieces of one line stay on one line, unless another
 * file's line came between. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "cli/out/say.h"
#include "shared/base/str.h"

struct log_set_file;
struct logfile_line;

struct log_print {
	const struct say *say;
	bool raw;	/* the line alone; as it is, unless a terminal would read it */
	unsigned label; /* columns */
	const struct log_set_file *open; /* of whose line the end is still to come */
	struct str out, err;		 /* not written yet */
	int failed; /* negative errno of a write: -EPIPE when the reader has gone */
};

void log_print_done(struct log_print *print);

/* A logfile_line_fn: `owner` is the print, `tag` the log_set_file. Writes when much has come
 * together. */
void log_print_line(void *owner, void *tag, const struct logfile_line *line);

/* Text that is no line of an app. */
void log_print_text(struct log_print *print, const char *text);

/* End a line that is still open: nothing more will come. */
void log_print_close(struct log_print *print);

/* Write what is waiting. `failed`, or 0. */
int log_print_flush(struct log_print *print);
