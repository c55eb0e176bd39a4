/* log_follow: several log files at once, their new lines in the order they arrive.
 *
 * Woken by inotify, never by a clock. The files are the truth: an engine that dies meanwhile is not
 * noticed. A closed standard output ends it. */
#pragma once
#include <stddef.h>

struct log_print;
struct log_source;

struct log_follow {
	struct log_source *sources;
	size_t count;
	struct log_print *print;
	int inotify_fd;
};

/* Start to watch the files and their folders; -1 in inotify_fd if the kernel refuses (its errno is
 * returned). */
int log_follow_init(struct log_follow *follow, struct log_source *sources, size_t count,
		    struct log_print *print);
void log_follow_done(struct log_follow *follow);

/* Print what is new until `other_fd` (-1: none) has something or `timeout_ms` (-1: none) have
 * passed: 0, or until the reader has gone: -EPIPE. */
int log_follow_wait(struct log_follow *follow, int other_fd, int timeout_ms);
