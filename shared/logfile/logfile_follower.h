/* logfile_follower: lines as they are written to any number of log files, in the order in which
 * they arrive.
 *
 * Told by inotify; where that cannot be had it looks four times a second. Follows a path, not a
 * file: after a rename or removal it reads the old file to its end and goes on with the new one,
 * after a truncation at the begin. It holds no queue: who reads slowly reads later. */
#pragma once
#include "shared/logfile/logfile_tail.h"

struct logfile_follower;

/* Lines go to `fn` with `owner`. Never NULL. */
struct logfile_follower *logfile_follower_create(logfile_line_fn fn, void *owner);
void logfile_follower_destroy(struct logfile_follower *follower); /* accepts NULL */

/* Follow `path`, which need not exist yet, from `from` (NULL: from its end) on. A special file
 * gives nothing. */
void logfile_follower_add(struct logfile_follower *follower, const char *path, void *tag,
			  const struct logfile_position *from);

/* Readable when there may be lines; to be polled for POLLIN with the time-out below. -1 if there is
 * no inotify. */
int logfile_follower_fd(const struct logfile_follower *follower);

/* Milliseconds after which logfile_follower_read() shall be called also if the descriptor says
 * nothing; -1: never. */
int logfile_follower_timeout_ms(const struct logfile_follower *follower);

/* Deliver what has come. Does not wait. The begin of a line whose end does not come for half a
 * second is delivered as `open`. */
void logfile_follower_read(struct logfile_follower *follower);
