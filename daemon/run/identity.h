/* identity: whom an app runs as, from the words of its spec to numbers. */
#pragma once
#include <stdbool.h>
#include <sys/types.h>

#include "shared/base/error.h"

#define IDENTITY_GROUPS_MAX 256

struct identity {
	bool change; /* false: as we are; the rest is then our own */
	uid_t uid;
	gid_t gid;
	gid_t groups[IDENTITY_GROUPS_MAX];
	int group_count;
	char name[64];	/* of the user; the number when it has none */
	char home[256]; /* "" when not known */
};

/* Resolve `user` and `group` (names or numbers; NULL: not given). Asks the system's user database:
 * may block on a slow one. -ENOENT: no such user or group (err names it). */
int identity_resolve(const char *user, const char *group, struct identity *ret_identity,
		     struct pmc_error *err);
