/* state: what the user wants, in state.db: stored when accepted, before it is acted on.
 *
 * WAL, synchronous=FULL, one transaction a command, on libuv's pool, one job in flight; callbacks
 * run on the loop in the order of the calls. It knows no supervisor: rows in, rows out. A corrupt
 * file is never overwritten (state_open says so and the engine goes into safe mode). */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "shared/base/error.h"

struct handles;
struct state_store;

struct state_app {
	char *name;	 /* the key */
	char *spec_json; /* options */
	char *env_json;	 /* the caller's environment */
	char *unique_id;
	int64_t created_us;
};

struct state_instance {
	int pm_id;
	char *app; /* name of its app */
	int number;
	bool wanted;	    /* true: shall run; false: stopped by the user */
	int64_t generation; /* grows with every command: an engine that finds a newer one carries it
			       out */
};

struct state_rows {
	struct state_app *apps;
	size_t app_count;
	struct state_instance *instances; /* by pm_id */
	size_t instance_count;
};

void state_rows_done(struct state_rows *rows);

/* Open or make the file, migrate, read everything. Two copies are kept (state.db.1, .2): of what a
 * start read, of what a clean end left, and of changes, 2 s after the first one, then once a
 * minute while there are any. Blocks; called once at start. -EUCLEAN: corrupt or foreign, left as
 * it is; err names the newest copy to restore. -ENOSPC, -EROFS, … */
int state_open(struct handles *handles, const char *home, struct state_store **ret_store,
	       struct state_rows *ret_rows, struct pmc_error *err);

/* One command's changes, collected and then stored in one transaction. */
struct state_change;
struct state_change *state_change_create(void);		/* nothing in it yet */
void state_change_destroy(struct state_change *change); /* accepts NULL */
void state_change_put_app(struct state_change *change,
			  const struct state_app *app); /* insert or replace; copied */
void state_change_delete_app(struct state_change *change, const char *name);
void state_change_put_instance(struct state_change *change, const struct state_instance *instance);
void state_change_delete_instance(struct state_change *change, int pm_id);
void state_change_forget_all(struct state_change *change); /* all apps and instances */
/* The id of the request that asked for it; kept for an hour. */
void state_change_request(struct state_change *change, const char *request_id);
/* Store nothing, not even the id: only find out whether it was stored before. */
void state_change_only_ask(struct state_change *change);

/* `result` 0: committed; negative errno: nothing of it was stored, err says why; -EALREADY: this
 * request id was stored before, nothing changed. */
typedef void (*state_fn)(int result, const struct pmc_error *err, void *owner);

/* Store `change` (owned from here on). An empty change without request calls back too, in a later
 * turn. */
void state_commit(struct state_store *store, struct state_change *change, state_fn fn, void *owner);

/* Finish what is queued, checkpoint, close. Blocks; at the end only. */
void state_close(struct state_store *store); /* accepts NULL */
