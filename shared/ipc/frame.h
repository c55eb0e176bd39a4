/* frame: bytes into lines, with a limit. Pure: no descriptor, no JSON. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "shared/base/str.h"

struct frame {
	struct str buf;
	size_t start;	/* bytes of `buf` already handed out as lines */
	size_t scanned; /* bytes of `buf` without a newline from `start` on */
	size_t partial; /* bytes of the line under way */
	size_t max;	/* a line longer than this, newline included, is an error */
};

void frame_init(struct frame *frame, size_t max);
void frame_done(struct frame *frame);

/* Add bytes that arrived. -EMSGSIZE when a line gets longer than the limit, -EBADMSG on a NUL byte:
 * nothing is added then, and the connection is of no use any more. */
int frame_feed(struct frame *frame, const char *data, size_t len);

/* The next whole line without its newline, NUL-terminated, valid until the next call; NULL: none
 * yet. */
const char *frame_next(struct frame *frame, size_t *ret_len);

/* Is there half a line waiting? */
bool frame_partial(const struct frame *frame);
