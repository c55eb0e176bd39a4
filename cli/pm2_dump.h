/* pm2_dump: PM2's saved list as apps: its processes of one name, script and namespace are the
 * instances of one app. Reads PM2's files and changes none. */
#pragma once
#include <jansson.h>
#include <stddef.h>

#include "cli/pm2_record.h"
#include "shared/base/strlist.h"

#define PM2_DUMP_MAX (64 << 20)

struct pm2_dump_app {
	struct pm2_record record; /* of the first instance */
	bool *stopped;		  /* each instance */
	size_t count;
};

struct pm2_dump {
	char *path; /* of the file that was read */
	struct pm2_dump_app *apps;
	size_t count;
	struct strlist notes; /* sentences: what is not an app of ours, and why */
	bool refused;	      /* one of them should have been one */
};

/* Read dump.pm2 of the folder, or dump.pm2.bak if that cannot be used. -ENOENT: there is neither;
 * -EINVAL: damaged. */
int pm2_dump_read(const char *pm2_home, struct pm2_dump *ret_dump, struct pmc_error *err);
void pm2_dump_done(struct pm2_dump *dump);

/* One app as it stands in dump.pmc; new reference. */
json_t *pm2_dump_write(const struct pm2_dump_app *app);

/* New string: $PM2_HOME, or ~/.pm2; NULL: not to be had. */
char *pm2_dump_home(void);
