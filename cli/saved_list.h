/* saved_list: add apps to the list that `pmc resurrect` starts (dump.pmc), without a daemon. */
#pragma once
#include <jansson.h>

struct home;
struct pmc_error;
struct strlist;

/* Add each of `apps` (as the daemon saves them) whose name is not there yet; the names of those
 * that were go to `ret_there`. Makes the home; the list as it was is kept as dump.pmc.bak. The
 * number of apps added, or a negative errno and nothing was changed. */
int saved_list_add(struct home *home, json_t *apps, struct strlist *ret_there,
		   struct pmc_error *err);
