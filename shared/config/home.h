/* home: where $PMC_HOME is, whether it can be trusted, and the names of what is in it. */
#pragma once
#include <stdbool.h>

#include "shared/base/error.h"

struct home {
	char *path;	   /* absolute */
	bool by_default;   /* nobody set PMC_HOME */
	char *socket_path; /* run/pmc.sock */
	char *id;	   /* 8 hex digits of the random number in `id`; NULL until home_make() */
};

void home_done(struct home *home);

/* PMC_HOME, else ~/.pmc (HOME, else the passwd entry). Makes nothing. -ENOENT when neither is to be
 * had. */
int home_find(struct home *ret_home, struct pmc_error *err);

/* Make what is missing (0700) and check: a directory, ours, not writable by group or others, run/
 * likewise and no symlink; reads or makes `id`. Everything through descriptors, nothing followed.
 * -EPERM with the exact chmod or chown; also for root whose HOME is that of somebody else. */
int home_make(struct home *home, struct pmc_error *err);

/* Look at it as home_make() does, and whether it can be written, but make nothing. -ENOENT: it is
 * not there yet, but could be made. */
int home_check(const struct home *home, struct pmc_error *err);

/* New string: path of a file in the home. */
char *home_file(const struct home *home, const char *name);
