/* progress: what is under way, while a command waits for many instances: redrawn in place on a
 * terminal, silent elsewhere.
 *
 * One line an instance while they are few, one counting line when they are many. Takes what it drew
 * back before the results are printed, so that a scrolled-back terminal holds only results. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/out/style.h"
#include "cli/request.h"

struct str;

struct progress {
	struct progress_row *rows;
	size_t count;
	unsigned drawn; /* lines on the terminal that are ours */
	int64_t drawn_ms;
	bool changed; /* since it was drawn */
	struct style style;
	int fd; /* -1: not a terminal: nothing is drawn */
};

void progress_init(struct progress *progress, int fd, const struct style *style);

/* Take what was drawn back and forget all. */
void progress_done(struct progress *progress);

/* A progress record of a request, or NULL: a moment has passed. A request_progress_fn with the
 * progress as `user`. */
void progress_update(void *user, const json_t *record);

/* What to give to request_call(): progress_update, or NULL where nothing is drawn. */
request_progress_fn *progress_fn(const struct progress *progress);

/* Append the lines for a terminal of `width` columns; returns how many. Pure. */
unsigned progress_render(const struct progress *progress, unsigned width, struct str *out);
