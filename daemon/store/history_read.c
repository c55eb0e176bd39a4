#include "daemon/store/history_read.h"

#include <inttypes.h>
#include <stdio.h>

#include "daemon/store/db.h"
#include "daemon/store/history.h"
#include "shared/base/mem.h"

#define COLUMNS "id, time_us, type, cause, app, pm_id, number, pid, seq, code, signal, core, detail"
#define IN_TIME "time_us >= ?1 AND time_us <= ?2 AND (time_us < ?2 OR id < ?5)"
#define NEWEST " ORDER BY time_us DESC, id DESC LIMIT ?3"

static int begin(sqlite3 *db, const struct history_query *query, sqlite3_stmt **ret_stmt,
		 struct pmc_error *err)
{
	unsigned limit = query->limit ? query->limit : HISTORY_LIMIT_MAX;
	const char *sql = query->app[0] ? "SELECT " COLUMNS
					  " FROM event WHERE app = ?4 AND " IN_TIME NEWEST
					: "SELECT " COLUMNS " FROM event WHERE " IN_TIME NEWEST;
	int r = db_prepare(db, sql, ret_stmt, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(*ret_stmt, 1, query->since_us ? query->since_us : INT64_MIN);
	sqlite3_bind_int64(*ret_stmt, 2, query->until_us ? query->until_us : INT64_MAX);
	sqlite3_bind_int64(*ret_stmt, 3, limit < HISTORY_LIMIT_MAX ? limit : HISTORY_LIMIT_MAX);
	sqlite3_bind_int64(*ret_stmt, 5, query->before_id ? query->before_id : INT64_MAX);
	if (query->app[0])
		sqlite3_bind_text(*ret_stmt, 4, query->app, -1, SQLITE_STATIC);
	return 0;
}

static bool read_event(sqlite3_stmt *stmt, struct event *event)
{
	*event = (struct event){
		.id = (uint64_t)sqlite3_column_int64(stmt, 0),
		.time_us = sqlite3_column_int64(stmt, 1),
		.pm_id = sqlite3_column_int(stmt, 5),
		.number = sqlite3_column_int(stmt, 6),
		.pid = sqlite3_column_int(stmt, 7),
		.seq = (uint64_t)sqlite3_column_int64(stmt, 8),
		.code = sqlite3_column_int(stmt, 9),
		.signal = sqlite3_column_int(stmt, 10),
		.core = sqlite3_column_int(stmt, 11) != 0,
	};
	snprintf(event->app, sizeof(event->app), "%s", db_text(stmt, 4));
	snprintf(event->detail, sizeof(event->detail), "%s", db_text(stmt, 12));
	return event_type_from_name(db_text(stmt, 2), &event->type) == 0 &&
	       event_cause_from_name(db_text(stmt, 3), &event->cause) == 0;
}

static void reverse(struct event *events, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		struct event swapped = events[i];

		events[i] = events[count - 1 - i];
		events[count - 1 - i] = swapped;
	}
}

int history_read(sqlite3 *db, const struct history_query *query, struct event **ret_events,
		 size_t *ret_count, struct pmc_error *err)
{
	_cleanup_(db_finalizep) sqlite3_stmt *stmt = NULL;
	_cleanup_(mem_freep) struct event *events = NULL;
	size_t count = 0, room = 0;
	int r = begin(db, query, &stmt, err);

	if (r < 0)
		return r;
	while ((r = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (count == room) {
			room = room ? room * 2 : 64;
			events = mem_resize(events, room, sizeof(*events));
		}
		count += read_event(stmt, &events[count]);
	}
	if (r != SQLITE_DONE)
		return db_error(db, "cannot read the history", err);
	reverse(events, count);
	*ret_events = steal_ptr(&events);
	*ret_count = count;
	return 0;
}
