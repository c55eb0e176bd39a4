/* frame: bytes into lines, with a limit. Pure: no descriptor, no JSON. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "shared/base/str.h"

struct frame {
	struct str buf;
	size_t scanned; /* bytes already known to hold no newline */
	size_t max;	/* a line longer than this is an error */
};

void frame_init(struct frame *frame, size_t max);
void frame_done(struct frame *frame);

/* Add bytes that arrived. -EMSGSIZE when the line under way is longer than the limit, -EBADMSG on a NUL byte. */
int frame_feed(struct frame *frame, const char *data, size_t len);

/* The next whole line without its newline, NUL-terminated, valid until the next call; NULL: none yet. */
const char *frame_next(struct frame *frame, size_t *ret_len);

/* Is there half a line waiting? */
bool frame_partial(const struct frame *frame);
