/* channel_lines: bytes from a channel into lines, with a limit. Pure: no descriptor, no JSON.
 *
 * Unlike shared/ipc/frame a line that is too long ends nothing: it is skipped and counted, for
 * whatever inherited the descriptor can write to it. Whole lines are handed out where they lie;
 * only half a line is copied, by channel_lines_keep(). */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/str.h"

#define CHANNEL_LINES_HEAD 64 /* bytes kept of a line that is too long */

struct channel_lines {
	size_t max;	  /* bytes of a line, without its newline */
	struct str half;  /* the line under way, while it may still be one */
	uint64_t skipped; /* bytes of a line that is too long; 0: none under way */
	char head[CHANNEL_LINES_HEAD];
	bool torn;  /* the line under way began before us: nobody knows its head */
	bool ended; /* `half` was handed out as a line */
};

/* What came to its end. */
struct channel_line {
	const char *text; /* not NUL-terminated; of a line that is too long: its head */
	size_t len;
	uint64_t too_long; /* 0, or the bytes that the line had */
	bool torn;	   /* a tail whose head nobody knows: not a line; text is "" */
};

/* `torn`: the first bytes belong to a line that somebody else began to read. */
void channel_lines_init(struct channel_lines *lines, size_t max, bool torn);
void channel_lines_done(struct channel_lines *lines);

/* Take the next line out of `*data`, `*len`, which move on; false: there is no newline in them.
 * `ret->text` is valid until the next call and as long as the data is. */
bool channel_lines_next(struct channel_lines *lines, const char **data, size_t *len,
			struct channel_line *ret);

/* Keep bytes without a newline: the line goes on with what comes later. */
void channel_lines_keep(struct channel_lines *lines, const char *data, size_t len);

/* Is a line under way? */
bool channel_lines_half(const struct channel_lines *lines);
