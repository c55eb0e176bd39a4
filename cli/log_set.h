/* log_set: which files hold the logs that were asked for: the daemon's answers to log.files, each
 * file once.
 *
 * Files are only added: one that an answer no longer names may still be read to its end. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared/logfile/logfile_tail.h"

enum log_set_stream {
	LOG_SET_STREAM_OUT,
	LOG_SET_STREAM_ERR,
	LOG_SET_STREAM_ALL,
	LOG_SET_STREAM_DAEMON
};

struct log_set_file {
	char *path, *label; /* "0|web" */
	char *name;	    /* of the app; NULL: the daemon */
	int pm_id;	    /* -1: several write to it */
	enum log_set_stream stream;
	struct logfile_position shown; /* up to here; all zero: nothing yet */
};

struct log_set {
	struct log_set_file **files; /* each stays where it is while the list grows */
	size_t count;
};

enum log_set_want { LOG_SET_BOTH, LOG_SET_OUT, LOG_SET_ERR };

/* Add the files of an answer of log.files that are new. Instances that share a file share its
 * entry, which is then named after the app alone. A file for both streams is taken only where an
 * instance has no other. */
void log_set_add(struct log_set *set, const json_t *reply, enum log_set_want want);

/* Add the daemon's own log. */
void log_set_add_daemon(struct log_set *set, const char *path);
void log_set_done(struct log_set *set);

/* The daemon's log first, then the one that was written to last at the end, next to what comes
 * live. */
void log_set_sort(struct log_set *set);

/* Columns the longest label needs, at most 24. */
unsigned log_set_label_width(const struct log_set *set);
