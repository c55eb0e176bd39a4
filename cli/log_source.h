/* log_source: one log file that `pmc logs` reads: its last lines, then what is added to it.
 *
 * Follows the name: when the file is renamed or made anew, what is left of the old one is read,
 * then the new one from its start; when it is truncated, from the start. Reads only regular files.
 * Prints nothing: lines go to a callback. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "shared/base/str.h"

enum log_stream { LOG_STREAM_OUT, LOG_STREAM_ERR, LOG_STREAM_ALL, LOG_STREAM_DAEMON };

struct log_source {
	char *path, *label; /* "0|web" */
	enum log_stream stream;
	int fd; /* -1: not there now */
	dev_t dev;
	ino_t ino;
	off_t at;	    /* read up to here */
	struct str partial; /* a line under way */
	int watch;	    /* inotify's number; -1: none */
};

/* A line without its newline, or a piece of one that is longer than LOG_SOURCE_LINE_MAX. Non-zero
 * ends the reading. */
typedef int log_source_line_fn(void *user, const struct log_source *source, const char *line,
			       size_t len);

#define LOG_SOURCE_LINE_MAX (1 << 20)

/* Copies the texts. Nothing is opened yet. */
void log_source_init(struct log_source *source, const char *path, const char *label,
		     enum log_stream stream);
void log_source_done(struct log_source *source);

/* Open the file if it is there and is a regular file. Reading starts at its beginning. */
bool log_source_open(struct log_source *source);

/* Go to the last `lines` whole lines of the file as it is now. Reads backwards, no more than
 * needed. */
void log_source_seek_last(struct log_source *source, int64_t lines);

/* Read on to the end of the file; looks whether the name means another file by now. 0, or what
 * `line` returned. */
int log_source_read(struct log_source *source, log_source_line_fn *line, void *user);

/* Hand out a line that has no newline yet: there is nothing to wait for. */
int log_source_flush(struct log_source *source, log_source_line_fn *line, void *user);
