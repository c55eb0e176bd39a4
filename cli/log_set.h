/* log_set: which files hold the logs that were asked for: the daemon's answer to log.files as
 * sources, each file once. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct log_source;

struct log_set {
	struct log_source *sources;
	size_t count;
};

enum log_set_want { LOG_SET_BOTH, LOG_SET_OUT, LOG_SET_ERR };

/* Read the answer of log.files. Instances that share a file share a source. A file for both streams
 * is taken only where an instance has no other. */
void log_set_read(struct log_set *set, const json_t *reply, enum log_set_want want);

/* One more file, the daemon's own log, in front of the others. */
void log_set_add_daemon(struct log_set *set, const char *path);
void log_set_done(struct log_set *set);

/* Take over positions and open files of `old` for the same paths. */
void log_set_inherit(struct log_set *set, struct log_set *old);

/* Columns the longest label needs, at most 24. */
unsigned log_set_label_width(const struct log_set *set);
