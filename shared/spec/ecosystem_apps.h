/* ecosystem_apps: from the tree of a file to its apps: which shape it has, which app is where,
 * whose name is taken. Inside of ecosystem only. */
#pragma once
#include "shared/spec/ecosystem.h"
#include "shared/spec/spec_node.h"

struct node;

struct ecosystem_apps {
	struct ecosystem *eco;	/* apps are added here; base_dir is there */
	const char *caller_dir; /* may be NULL */
	struct spec_node_reader reader;

	const struct node **places; /* inside: the node of each app */
};

/* Read every app of the file. Mistakes go to the reader's diagnostics. */
void ecosystem_apps_read(struct ecosystem_apps *apps, const struct node *root);
