/* selector: which instances does a target mean? Pure.
 *
 * PM2's order (its section 2.1): `all`; /regex/ over names; app:n for one instance by its number; a
 * name or the path of the script; a namespace; and a number is a name first, a namespace second and
 * an id last. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "shared/base/error.h"

struct selector_row {
	int pm_id, number;
	const char *name, *namespace, *script; /* script may be NULL */
};

/* Set hits[i] for every row that `target` means (others are left as they are) and return how many
 * it means. `all` may mean none: 0. -ENOENT: nothing is called so (the hint suggests the nearest
 * name). -EINVAL: not a valid regular expression, or an empty target. */
int selector_match(const char *target, const struct selector_row *rows, size_t count, bool *hits,
		   struct pmc_error *err);
