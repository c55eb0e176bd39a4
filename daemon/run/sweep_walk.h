/* sweep_walk: the walk itself: scan, stop, chase, kill. Blocks up to 3 s; made for the pool. */
#pragma once
#include "daemon/run/sweep.h"

#define SWEEP_WALK_MAX_MS 3000

struct sweep_walk_item {
	const struct sweep_target *target;
	struct sweep_result *result;
};

/* End the trees of all items. Results are filled in. */
void sweep_walk(const char *home_id, const struct sweep_walk_item *items, size_t count);
