/* ecosystem_defaults: the `defaults` of a file: options that hold for each of its apps, and for
 * those of the files it includes, unless an app or a nearer file says otherwise. Lists replace;
 * variables (env, env_NAME) are merged. Relative paths are relative to the file that says them.
 * Inside of ecosystem only. */
#pragma once
#include <stddef.h>

#include "shared/spec/app_spec.h"

struct node;
struct spec_node_reader;

struct ecosystem_defaults {
	struct app_spec spec;	 /* env and profiles are those of the defaults alone */
	size_t bytes;		 /* about what a copy takes */
	const char *env_file_in; /* where `env_file` was said; borrowed */
	int env_file_line, env_file_column;
};

/* A copy of those of the file that includes this one; NULL: none. */
void ecosystem_defaults_init(struct ecosystem_defaults *defaults,
			     const struct ecosystem_defaults *outer);
void ecosystem_defaults_done(struct ecosystem_defaults *defaults);

/* What the file says, over what is there. Mistakes go to the reader's diagnostics. */
void ecosystem_defaults_read(struct ecosystem_defaults *defaults, struct spec_node_reader *reader,
			     const char *base_dir, const struct node *node);
