/* logfile_tail: the last lines of a log file, found from its end.
 *
 * Reads backwards in blocks until it has seen enough newlines, then forwards; memory does not
 * depend on the file nor on its lines. It does not follow (logfile_follower does, from the position
 * this one returns). */
#pragma once
#include <stdint.h>
#include <sys/types.h>

#include "shared/base/error.h"
#include "shared/logfile/logfile_line.h"

/* A place in a file, and which file that is. */
struct logfile_position {
	dev_t dev;
	ino_t ino;
	uint64_t offset;
	bool in_line; /* behind the begin of a line */
};

/* Deliver the last `lines` lines of the file at `path`, oldest first; a last line without a newline
 * counts and comes as `open`. `ret_position` (may be NULL) is where the file ended. Blocks as long
 * as the file system does; never on a fifo. Errors: -EINVAL for what is not a regular file, else
 * errno of open or read. */
int logfile_tail(const char *path, unsigned lines, logfile_line_fn fn, void *owner, void *tag,
		 struct logfile_position *ret_position, struct pmc_error *err);
