/* app: what is desired, and the instances it has: plain data of the supervisor. It starts and stops
 * nothing. */
#pragma once
#include "daemon/run/identity.h"
#include "shared/base/keyval.h"
#include "shared/spec/app_spec.h"

struct instance;

struct app {
	struct app *next;
	struct app_spec spec;	  /* spec.name is the key */
	struct keyval caller_env; /* of the command that started it */
	char *unique_id;
	int64_t created_us;
	char *home_logs;	    /* $PMC_HOME/logs */
	char *home_pids;	    /* $PMC_HOME/pids */
	struct instance *instances; /* by number */
	unsigned instance_count;
	unsigned chosen; /* scratch of roster_apps_emptied() */
};

/* Takes a copy of everything. */
struct app *app_create(const struct app_spec *spec, const struct keyval *caller_env,
		       const char *unique_id, int64_t created_us, const char *home);
void app_destroy(struct app *app); /* it must have no instances. Accepts NULL */

/* Another definition for the same name. */
void app_set(struct app *app, const struct app_spec *spec, const struct keyval *caller_env,
	     const char *unique_id);

/* The files of an instance by PM2's rules (its section 7.1): the paths of the spec, or
 * logs/NAME-out.log and so on; -PM_ID before ".log" unless the instances share. New strings; NULL:
 * no such file. */
enum app_path { APP_OUT, APP_ERR, APP_LOG, APP_PID };
char *app_path(const struct app *app, enum app_path which, int pm_id);
