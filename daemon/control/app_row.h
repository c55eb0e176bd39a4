/* app_row: an app between the wire, the store and the roster: its spec, its environment, who it is.
 */
#pragma once
#include <jansson.h>

#include "shared/base/error.h"
#include "shared/base/keyval.h"
#include "shared/spec/app_spec.h"

struct state_app;
struct state_change;
struct supervisor;

struct app_row {
	struct app_spec spec;
	struct keyval env; /* of the command that started it */
	char *unique_id;
	int64_t created_us;
};

void app_row_done(struct app_row *row);

/* From one element of app.start's `apps`; a new uuid, born now. -EINVAL: all mistakes in err. */
int app_row_from_request(json_t *json, struct app_row *ret_row, struct pmc_error *err);

/* From the store. -EBADMSG. */
int app_row_from_store(const struct state_app *app, struct app_row *ret_row, struct pmc_error *err);

/* A copy of what the roster has. The app must exist. */
void app_row_from_roster(struct app_row *row, const struct supervisor *sup, const char *name);

/* Set options over those of the row. -EINVAL, nothing changed. The name and the number of instances
 * are not changed here. */
int app_row_merge(struct app_row *row, json_t *options, struct pmc_error *err);

/* {"NAME": "value"}: the environment of the command, without what filter_env drops: that is not
 * even stored. PATH stays, to find the program by. What is no text is left out. */
void app_row_set_env(struct app_row *row, json_t *json);
json_t *app_row_write_env(const struct keyval *env);

void app_row_store(const struct app_row *row, struct state_change *change);
void app_row_apply(const struct app_row *row, struct supervisor *sup);
