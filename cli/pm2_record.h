/* pm2_record: one process of PM2's saved list (dump.pm2) as an app of ours. Pure but for looking at
 * files (ecosystem_resolve).
 *
 * A record mixes the options of the app, what PM2 knows of the process, and every variable, each of
 * which stands in `env` as well (section 9 of the description of PM2's behaviour). */
#pragma once
#include <jansson.h>
#include <stdbool.h>

#include "shared/base/error.h"
#include "shared/spec/app_spec.h"

enum pm2_record_fate {
	PM2_RECORD_TAKEN,
	PM2_RECORD_NOT_YET,
	PM2_RECORD_NO_EFFECT,
	PM2_RECORD_REFUSED
};

/* What became of one option. */
struct pm2_record_option {
	enum pm2_record_fate fate;
	char *text; /* "kill_timeout: 3s", and why */
};

struct pm2_record {
	struct app_spec spec;
	json_t *env; /* the variables without PM2's own */
	size_t own;  /* … of which there were so many */
	bool stopped;
	struct pm2_record_option *options;
	size_t noptions;
};

/* `pm2_home` ends no slash: files in it are PM2's defaults and not taken. -EINVAL: it has no name
 * or no script. */
int pm2_record_read(json_t *json, const char *pm2_home, struct pm2_record *ret_record,
		    struct pmc_error *err);
void pm2_record_done(struct pm2_record *record);
