/* spec_json_text: JSON text into a tree of nodes with places. jansson decides what JSON is; a scan
 * of the text it has accepted finds where each value stands. It knows no option and opens no file.
 *
 * The limits are those of YAML (spec_yaml.h) and are checked before memory is spent. */
#pragma once
#include <stddef.h>

struct diagnostics;
struct node;
struct pmc_error;

/* Parse one value. -EINVAL after the mistakes were added to `diags`; doubled keys do not end the
 * reading: then `*ret_root` is there all the same (with the first of each). -EBADMSG: this is no
 * strict JSON; nothing was added, `ret_syntax` says why and where. `file` may be NULL. */
int spec_json_text_parse(const char *text, size_t len, const char *file, struct diagnostics *diags,
			 struct node **ret_root, struct pmc_error *ret_syntax);
