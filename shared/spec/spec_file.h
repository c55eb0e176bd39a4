/* spec_file: a file of any format into a tree of values, its format told by its name. The one way
 * for whoever reads files about apps; it knows no option and no shape.
 *
 * .yml, .yaml; .json, .json5 and stdin (strict JSON first, PM2's looser one by node); package.json,
 * of which only the key pm2 or pmc counts; .config.js, .cjs, .mjs, .ts by node. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct diagnostics;
struct node;
struct str;

#define SPEC_FILE_MAX (4 << 20)
/* Stands for stdin where a file can be named. */
#define SPEC_FILE_STDIN "-"
/* How stdin is called in messages; a text of this name is JSON. */
#define SPEC_FILE_STDIN_NAME "stdin"

enum spec_file_format {
	SPEC_FILE_OTHER, /* none of ours by its name; such a text is read as YAML */
	SPEC_FILE_YAML,
	SPEC_FILE_JSON,
	SPEC_FILE_PACKAGE,
	SPEC_FILE_JAVASCRIPT, /* and TypeScript */
};

enum spec_file_format spec_file_format(const char *path);

/* What a file is called in messages: its name, or "stdin". */
const char *spec_file_shown(const char *path);

/* Are unknown options of the file mistakes, if nobody says otherwise? Of YAML they are; PM2 drops
 * them silently in its own formats, so there they are warnings. */
bool spec_file_is_strict(const char *path);

/* Read the file (or stdin, for "-") into `source` (for diagnostics_format(); must be empty) and its
 * tree. -EINVAL after the mistakes were added to `diags`; then `*ret_root` is NULL, or what could
 * be read all the same. Blocks on the disk, and as spec_js_load() does. */
int spec_file_load(const char *path, struct str *source, struct diagnostics *diags,
		   struct node **ret_root);

/* The same of a text in memory; of JavaScript the file itself is evaluated. */
int spec_file_parse(const char *path, const char *text, size_t len, struct diagnostics *diags,
		    struct node **ret_root);
