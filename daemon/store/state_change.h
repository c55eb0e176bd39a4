/* state_change: the changes of one command, as a list of operations, and how they go into tables.
 *
 * Collecting is part of state.h; what is here is for state.c, which owns connection and
 * transaction. */
#pragma once
#include <sqlite3.h>

#include "daemon/store/state.h"

enum { STATE_CHANGE_KINDS = 5 };

/* Prepared when first needed; all zero at the beginning. */
struct state_change_statements {
	sqlite3_stmt *stmt[STATE_CHANGE_KINDS];
};

void state_change_statements_done(struct state_change_statements *statements);

const char *state_change_request_id(const struct state_change *change); /* NULL: none */
bool state_change_asks(const struct state_change *change); /* nothing shall be stored */

/* Carry out all operations, in order, inside the caller's transaction. Blocks. */
int state_change_apply(const struct state_change *change, sqlite3 *db,
		       struct state_change_statements *statements, struct pmc_error *err);
