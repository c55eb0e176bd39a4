/* state_copy: copies of a whole state.db, state.db.1 the newest and state.db.2, for the day it is
 * corrupt.
 *
 * Nothing is ever restored by itself: a person decides. */
#pragma once
#include <sqlite3.h>
#include <stdbool.h>

#include "shared/base/error.h"

/* Copy what the open store `db` at `path` holds, unless it holds nothing or the same as the newest
 * copy. Blocks. */
int state_copy_make(sqlite3 *db, const char *path, struct pmc_error *err);

/* Is there a copy that is not empty? */
bool state_copy_exists(const char *path);

/* The hint for somebody whose store at `path` cannot be used: which copy, of when, and how to put
 * it back. */
void state_copy_hint(const char *path, struct pmc_error *err);
