/* logfile_line: bytes of a log file become lines, in pieces of a bounded size.
 *
 * A line that is longer than a piece comes in several, so memory is bounded and nothing is left
 * out. Pure: the bytes come from whoever reads the file. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "shared/base/str.h"

#define LOGFILE_PIECE_MAX 65536

struct logfile_line {
	const char *text; /* without the newline; may hold NUL bytes; valid during the call */
	size_t len;	  /* at most LOGFILE_PIECE_MAX */
	bool continued;	  /* the begin of this line came before */
	bool open;	  /* its end is still to come */
};

/* `tag` is that of the file. */
typedef void (*logfile_line_fn)(void *owner, void *tag, const struct logfile_line *line);

struct logfile_line_splitter {
	struct str pending; /* the begin of a line whose end is still to come */
	bool continued;	    /* of that line something was delivered */
	logfile_line_fn fn;
	void *owner, *tag;
};

void logfile_line_splitter_done(struct logfile_line_splitter *splitter);

/* Deliver what becomes complete by these bytes. */
void logfile_line_feed(struct logfile_line_splitter *splitter, const char *bytes, size_t len);

/* Is the begin of a line waiting? */
bool logfile_line_is_pending(const struct logfile_line_splitter *splitter);

/* Deliver the begin that waits; `open`: its end may still come. */
void logfile_line_flush(struct logfile_line_splitter *splitter, bool open);
