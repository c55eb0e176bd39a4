/* spec_node: from a tree of values with places to an app_spec. The one reader behind every format:
 * it finds options, sets them, names what is unknown, doubled, ignored or not yet obeyed. It knows
 * no file and no syntax. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "shared/spec/app_spec.h"

struct diagnostics;
struct node;

/* One for a whole file: what was warned about once is not warned about again. */
struct spec_node_reader {
	struct diagnostics *diags;
	const char *file; /* for the messages; may be NULL */
	bool lenient;	  /* unknown options are warnings */
	bool silent; /* no warnings about what is ignored or not yet obeyed (they were given before)
		      */
	bool merge;  /* null and "null" put an option back to its default; else null means not given
		      */

	uint64_t warned[2]; /* inside: bits of options, of ignored ones */
	uint64_t warned_ignored;
	bool warned_cluster;
};

/* Set every option of `map` in `spec` (initialised by the caller). -EINVAL after all mistakes were
 * added; the options without mistakes are set nevertheless. */
int spec_node_read(struct spec_node_reader *reader, const struct node *map, struct app_spec *spec);

/* What `map` says about this option, under any of its names; NULL: nothing. */
const struct node *spec_node_find(const struct node *map, enum spec_option option);

/* Is it an option of PM2 that means nothing here (in either spelling)? */
bool spec_node_is_ignored(const char *key);

/* May an app or a namespace be called so? NULL, or what is wrong with it ("must not be 'all'").
 * Length is the table's. */
const char *spec_node_bad_name(const char *name);
