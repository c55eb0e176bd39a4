/* history_read: events out of history.db. */
#pragma once
#include <sqlite3.h>
#include <stddef.h>

#include "daemon/bus/event.h"
#include "shared/base/error.h"

struct history_query;

/* The newest events that match, oldest first, in a new array. Types and causes of other versions
 * are left out. */
int history_read(sqlite3 *db, const struct history_query *query, struct event **ret_events,
		 size_t *ret_count, struct pmc_error *err);
