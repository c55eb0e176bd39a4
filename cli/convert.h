/* convert: the tree of an ecosystem file, PM2's or ours, as YAML in our words, with comments where
 * an option means something else here, or nothing. Pure: reads and writes no file. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct app_spec;
struct node;
struct str;

struct convert_source {
	const char *name;	     /* of the file, for the first lines */
	bool evaluated;		     /* by node: values may have been computed */
	const struct app_spec *apps; /* of the same file, in its order; NULL: not known */
	size_t count;
};

/* Append the file. Every option is kept; what is unknown or means nothing is kept as a comment. */
void convert_tree(const struct convert_source *source, const struct node *root, struct str *out);
