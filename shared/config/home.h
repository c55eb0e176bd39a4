/* home: where $PMC_HOME is, whether it can be trusted, and the names of what is in it. */
#pragma once
#include "shared/base/error.h"

struct home {
	char *path;	   /* absolute */
	char *socket_path; /* run/pmc.sock */
	char *id;	   /* 8 hex digits of the random number in `id`; NULL until home_make() */
};

void home_done(struct home *home);

/* PMC_HOME, else ~/.pmc (HOME, else the passwd entry). Makes nothing. -ENOENT when neither is to be
 * had. */
int home_find(struct home *ret_home, struct pmc_error *err);

/* Make what is missing (0700) and check: a directory, ours, not writable by group or others, run/
 * likewise and no symlink; reads or makes `id`. Everything through descriptors, nothing followed.
 * -EPERM with the exact chmod or chown. */
int home_make(struct home *home, struct pmc_error *err);

/* New string: path of a file in the home. */
char *home_file(const struct home *home, const char *name);
