/* spec_yaml_map: what the keys of a map come to: doubled ones are mistakes, those of YAML's merge
 * keys (<<) are taken unless they are there already. Inside of the readers only. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct diagnostics;
struct node;

struct spec_yaml_map_merge {
	struct node *map; /* its own keys */
	struct node
		*merges; /* a list of the values of its merge keys; doubled keys are moved there */
	struct diagnostics *diags;
	const char *file;

	const struct node **take; /* out: children of merged maps to copy into `map`, in their
				     order; free() it */
	size_t take_count;
};

/* False after complaining about a merge key that is no map. Doubled keys are complained about, and
 * stay. */
bool spec_yaml_map_finish(struct spec_yaml_map_merge *merge);
