/* plan: from what is wanted to what must change. Pure.
 *
 * How many instances `scale` asks for, which numbers are new, which go. It starts and stops
 * nothing. */
#pragma once
#include <stddef.h>

#include "shared/base/error.h"

#define PLAN_INSTANCES_MAX 4096

/* What `scale` was asked for ("4", "+2", "-1") with `now` instances. -EINVAL: not a number, or out
 * of 0…PLAN_INSTANCES_MAX; -EALREADY: that many there are. */
int plan_scale_target(const char *to, int now, int *ret_count, struct pmc_error *err);

/* The lowest number from 0 that is not among `numbers`. */
int plan_free_number(const int *numbers, size_t count);

/* The index of the highest of `numbers` (the one that goes first), -1 if there is none. */
int plan_highest(const int *numbers, size_t count);
