/* ecosystem_apps: from the tree of a file to its apps: which shape it has, what holds for all of
 * them (`defaults`), which files it includes. Inside of ecosystem only.
 *
 * One struct ecosystem_apps is one reading of a file with all it includes; what it may cost is one
 * budget for all of them. */
#pragma once
#include "shared/base/strlist.h"
#include "shared/spec/ecosystem.h"
#include "shared/spec/ecosystem_defaults.h"
#include "shared/spec/spec_node.h"

struct node;

/* Bytes of text: of the files, of their values, of what `defaults` and env files give to apps. */
#define ECOSYSTEM_APPS_BYTES_MAX (24 << 20)

struct ecosystem_apps_place {
	const char *file;
	int line, column;
};

struct ecosystem_apps {
	struct ecosystem *eco;			 /* apps are added here; base_dir is there */
	const struct ecosystem_options *options; /* caller_dir and caller_env are there */
	const char *shown;			 /* the file, as messages name it */
	struct diagnostics *diags;

	/* inside */
	struct ecosystem_apps_place *places;	/* of the name of each app */
	size_t room;				/* in eco->apps and places */
	size_t spent;				/* of ECOSYSTEM_APPS_BYTES_MAX */
	struct strlist shown_files, real_files; /* that were read */
	bool profile_found;
};

/* One file while it is read. */
struct ecosystem_apps_file {
	const struct ecosystem_apps_file *includer; /* NULL: the first */
	const char *shown, *real;		    /* as messages name it; without links */
	const char *base_dir;
	struct spec_node_reader reader;
	struct ecosystem_defaults defaults;
};

/* Read every app of the file and of those it includes; the tree is changed. Mistakes go to `diags`.
 */
void ecosystem_apps_read(struct ecosystem_apps *apps, struct node *root);

/* Read one more file, named `shown`, for `includer`. */
void ecosystem_apps_read_included(struct ecosystem_apps *apps,
				  const struct ecosystem_apps_file *includer, const char *shown,
				  const char *real);

/* Add a mistake at the place of `at`. `hint` may be NULL. */
void ecosystem_apps_complain(const struct ecosystem_apps_file *file, const struct node *at,
			     const char *hint, const char *fmt, ...) _printf_(4, 5);

/* About the bytes that a tree takes. */
size_t ecosystem_apps_weigh(const struct node *node);

/* Take `bytes` from the budget. False, after one complaint, when there are no more. */
bool ecosystem_apps_charge(struct ecosystem_apps *apps, const char *file, const struct node *at,
			   size_t bytes);
