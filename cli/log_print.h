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

enum log_print_form {
	LOG_PRINT_LABELLED, /* a name in front */
	LOG_PRINT_RAW,	    /* the line alone; as it is, unless a terminal would read it */
	LOG_PRINT_JSON,	    /* an object a line, as PM2's `logs --json` */
	LOG_PRINT_FIELDS,   /* key=value, as PM2's `logs --format` */
};

struct log_print {
	const struct say *say;
	enum log_print_form form;
	const char *time_format; /* of the time of arrival, day.js; NULL: none (JSON: ISO) */
	const char *highlight;	 /* a text that shall stand out; NULL */
	bool live;		 /* lines come as they are written: the time of arrival is theirs */
	unsigned label;		 /* columns */
	const struct log_set_file *open; /* of whose line the end is still to come */
	struct str out, err;		 /* not written yet */
	int failed; /* negative errno of a write: -EPIPE when the reader has gone */
};

void log_print_done(struct log_print *print);

/* A logfile_line_fn: `owner` is the print, `tag` the log_set_file. Writes when much has come
 * together. */
void log_print_line(void *owner, void *tag, const struct logfile_line *line);

/* Something that happened to an app; only where the form has a place for it. `status` is a word of
 * PM2: online, exit, stop. */
void log_print_event(struct log_print *print, const char *app, const char *status);

/* Text that is no line of an app. */
void log_print_text(struct log_print *print, const char *text);

/* End a line that is still open: nothing more will come. */
void log_print_close(struct log_print *print);

/* Write what is waiting. `failed`, or 0. */
int log_print_flush(struct log_print *print);
