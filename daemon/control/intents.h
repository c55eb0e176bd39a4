/* intents: changing commands one after the other: planned, stored, acted on.
 *
 * A command is planned against what is true when its turn comes, stored in one transaction, and
 * only then carried out; the next one is planned after that. So commands on one app take effect in
 * the order they arrive, and what was acknowledged survives everything. It does not know what a
 * command means. */
#pragma once
#include <stdbool.h>

#include "shared/base/error.h"

struct intents;
struct request;
struct state_change;
struct state_store;
struct supervisor;

struct intent {
	struct intent *next;
	struct request *req;
	/* Fill `change` with what shall be stored. Negative errno: refused, nothing happens;
	 * `*ret_code` is then the word for the wire. */
	int (*plan)(struct intent *intent, struct state_change *change, const char **ret_code,
		    struct pmc_error *err);
	/* It is stored: carry it out and answer intent->req, now or later. `unstored` (a sentence)
	 * instead: it could not be stored and is carried out all the same. */
	void (*act)(struct intent *intent, const char *unstored);
	/* This very request was stored before: answer without doing it again. */
	void (*repeat)(struct intent *intent);
	void (*destroy)(struct intent *intent); /* frees it; after act, repeat or a refusal */
	bool even_unstored; /* carried out even if it cannot be stored: stopping must always work */
};

/* `safe` (a sentence; NULL: no) is safe mode: only what must always work is carried out, and stored
 * if there is a store. `store` NULL: state.db cannot be used, and `safe` says why. */
struct intents *intents_create(struct state_store *store, const char *safe);
/* Safe mode is over: everything is carried out from now on. */
void intents_leave_safe(struct intents *intents);
void intents_destroy(struct intents *intents); /* accepts NULL */

/* Owned from here on. */
void intents_submit(struct intents *intents, struct intent *intent);

/* Refuse `req` with `code` and `err`: it makes no sense as things are. But if this very request was
 * stored before, that may be so because it was done then: it is answered like an action that finds
 * nothing to do. */
void intents_refuse(struct intents *intents, struct request *req, const char *code,
		    const struct pmc_error *err);
