/* spec_yaml: YAML text into a tree of nodes with places, over libyaml's events. It knows no option
 * and opens no file.
 *
 * Plain scalars are taken by the core schema of YAML 1.2 (yes and no are texts here; options of
 * type bool take them). Anchors, aliases and merge keys (<<) are resolved. JSON is YAML, so it is
 * read as well. Every limit is checked while reading, before memory is spent: a hostile file costs
 * less than a second and 64 MiB. */
#pragma once
#include <stddef.h>

struct diagnostics;
struct node;

#define SPEC_YAML_DEPTH_MAX 64
/* Values, counted after aliases are replaced by what they stand for. */
#define SPEC_YAML_NODES_MAX 100000
/* Bytes of all texts together, counted likewise. */
#define SPEC_YAML_BYTES_MAX (8 << 20)
#define SPEC_YAML_ANCHORS_MAX 1000

/* Parse one document. `file` is for the messages and may be NULL. -EINVAL after the mistakes were
 * added to `diags`. Doubled keys do not end the reading: then `*ret_root` is there all the same
 * (with the first of each), so that what else is wrong can be found. NULL: nothing could be read.
 */
int spec_yaml_parse(const char *text, size_t len, const char *file, struct diagnostics *diags,
		    struct node **ret_root);
