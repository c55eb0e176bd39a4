/* listing_sort: in which order the rows of `pmc list` stand: `--sort field[:asc|desc]`. Pure. */
#pragma once

struct listing;
struct pmc_error;

/* Sort by name and id, then by `by` (NULL: leave it at that). -EINVAL: no such field or direction;
 * the list keeps its order then. */
int listing_sort(struct listing *listing, const char *by, struct pmc_error *err);
