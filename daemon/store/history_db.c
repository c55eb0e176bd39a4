#include "daemon/store/history_db.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/store/db.h"
#include "daemon/store/db_file.h"
#include "daemon/store/history_read.h"
#include "daemon/store/migrations.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/base/path.h"

#define DAY_US (INT64_C(86400) * 1000000)
#define PRUNE_EVERY_MS 3600000
#define PRUNE_PORTION 500
#define REPAIR_EVERY_MS 60000

static const struct db_file_kind history_kind = {
	.application_id = 0x706d6368, /* "pmch" */
	.migrations = migrations_history,
	.durable = false,
	.busy_ms = 250,
	.check_max_bytes = 4 << 20,
};

/* Facts that a second engine may report again, because the first died between telling and noting
 * that it had told: they happen once in a life. All others may come again in one life. */
static const bool once_a_life[] = {
	[EVENT_APP_STARTING] = true,
	[EVENT_APP_EXIT] = true,
};

void history_db_init(struct history_db *hdb, const char *home, const char *boot_id, int keep_days)
{
	*hdb = (struct history_db){.path = path_join(home, "history.db"),
				   .keep_us = keep_days * DAY_US};
	snprintf(hdb->boot_id, sizeof(hdb->boot_id), "%s", boot_id);
}

static void close_file(struct history_db *hdb, bool checkpoint)
{
	db_finalizep(&hdb->insert);
	db_file_close(hdb->db, checkpoint);
	hdb->db = NULL;
}

void history_db_done(struct history_db *hdb)
{
	close_file(hdb, true);
	free(hdb->path);
	*hdb = (struct history_db){};
}

/* Somebody removed or replaced the file: what is written to it from now on nobody would ever see.
 */
static bool was_moved(struct history_db *hdb)
{
	int moved = 0;

	return sqlite3_file_control(hdb->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
	       moved;
}

static int open_file(struct history_db *hdb, struct pmc_error *err)
{
	int64_t highest = 0;
	int r;

	if (hdb->db && was_moved(hdb))
		close_file(hdb, false);
	if (hdb->db)
		return 0;
	r = db_file_open(&history_kind, hdb->path, &hdb->db, err);
	if (r == 0 && !hdb->based)
		r = db_query_int(hdb->db, "SELECT ifnull(max(id), 0) FROM event", &highest, err);
	if (r == 0)
		r = db_prepare(hdb->db,
			       "INSERT INTO event (id, fact, time_us, type, cause, app, pm_id, "
			       "number, pid, seq, "
			       "code, signal, core, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
			       "?8, ?9, ?10, "
			       "?11, ?12, ?13, ?14) ON CONFLICT (fact) DO NOTHING",
			       &hdb->insert, err);
	if (r < 0) {
		close_file(hdb, false);
		return r;
	}
	if (!hdb->based)
		hdb->base = (uint64_t)highest;
	hdb->based = true;
	return 0;
}

static void bind_row(struct history_db *hdb, const struct history_row *row)
{
	sqlite3_stmt *stmt = hdb->insert;

	sqlite3_clear_bindings(stmt);
	sqlite3_bind_int64(stmt, 1, (int64_t)(row->id + (row->early ? hdb->base : 0)));
	if (row->seq != 0 && row->type < ARRAY_SIZE(once_a_life) && once_a_life[row->type]) {
		char fact[128];

		snprintf(fact, sizeof(fact), "%s/%" PRIu64 "/%s", hdb->boot_id, row->seq,
			 event_type_name(row->type));
		sqlite3_bind_text(stmt, 2, fact, -1, SQLITE_TRANSIENT);
	}
	sqlite3_bind_int64(stmt, 3, row->time_us);
	sqlite3_bind_text(stmt, 4, event_type_name(row->type), -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 5, event_cause_name(row->cause), -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 6, row->app, -1, SQLITE_STATIC);
	sqlite3_bind_int(stmt, 7, row->pm_id);
	sqlite3_bind_int(stmt, 8, row->number);
	sqlite3_bind_int(stmt, 9, row->pid);
	sqlite3_bind_int64(stmt, 10, (int64_t)row->seq);
	sqlite3_bind_int(stmt, 11, row->code);
	sqlite3_bind_int(stmt, 12, row->signal);
	sqlite3_bind_int(stmt, 13, row->core);
	sqlite3_bind_text(stmt, 14, row->detail, -1, SQLITE_STATIC);
}

/* An engine that is killed between storing and noting that it stored tells it twice. */
static bool is_there(struct history_db *hdb, const struct history_row *row)
{
	_cleanup_(db_finalizep) sqlite3_stmt *stmt = NULL;

	if (db_prepare(hdb->db,
		       "SELECT 1 FROM event WHERE time_us = ?1 AND type = ?2 AND app = ?3 AND "
		       "pm_id = ?4 AND seq = ?5",
		       &stmt, NULL) < 0)
		return false;
	sqlite3_bind_int64(stmt, 1, row->time_us);
	sqlite3_bind_text(stmt, 2, event_type_name(row->type), -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 3, row->app, -1, SQLITE_STATIC);
	sqlite3_bind_int(stmt, 4, row->pm_id);
	sqlite3_bind_int64(stmt, 5, (int64_t)row->seq);
	return sqlite3_step(stmt) == SQLITE_ROW;
}

/* An id that is taken (somebody put another file there) is no reason to lose the event: it gets the
 * next free one. */
static int insert(struct history_db *hdb, const struct history_row *row, struct pmc_error *err)
{
	int step;

	if (row->again && is_there(hdb, row))
		return 0;
	bind_row(hdb, row);
	step = sqlite3_step(hdb->insert);
	if ((step & 0xff) == SQLITE_CONSTRAINT) {
		sqlite3_reset(hdb->insert);
		sqlite3_bind_null(hdb->insert, 1);
		return db_run(hdb->insert, err);
	}
	sqlite3_reset(hdb->insert);
	return step == SQLITE_DONE ? 0 : db_error(hdb->db, "cannot write the history", err);
}

/* A portion at a time, so that nobody waits long for it; when nothing happens nothing is written
 * either. */
static int forget_old(struct history_db *hdb, struct pmc_error *err)
{
	_cleanup_(db_finalizep) sqlite3_stmt *stmt = NULL;
	int64_t now_ms = clock_now_ms();
	int r;

	if (now_ms < hdb->prune_due_ms || hdb->keep_us <= 0)
		return 0;
	r = db_prepare(hdb->db,
		       "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE time_us < ?1 "
		       "ORDER BY time_us LIMIT ?2)",
		       &stmt, err);
	if (r < 0)
		return r;
	sqlite3_bind_int64(stmt, 1, clock_wall_us() - hdb->keep_us);
	sqlite3_bind_int(stmt, 2, PRUNE_PORTION);
	r = db_run(stmt, err);
	if (r == 0 && sqlite3_changes(hdb->db) < PRUNE_PORTION)
		hdb->prune_due_ms = now_ms + PRUNE_EVERY_MS;
	return r;
}

static int write_rows(struct history_db *hdb, const struct history_list *rows,
		      struct pmc_error *err)
{
	int r;

	if (rows->count == 0)
		return 0;
	r = db_exec(hdb->db, "BEGIN IMMEDIATE", err);
	for (const struct history_row *row = rows->first; row && r == 0; row = row->next)
		r = insert(hdb, row, err);
	if (r == 0)
		r = forget_old(hdb, err);
	if (r == 0)
		r = db_exec(hdb->db, "COMMIT", err);
	if (r < 0)
		db_rollback(hdb->db);
	return r;
}

static int try_work(struct history_db *hdb, struct history_work *work, struct pmc_error *err)
{
	int r = open_file(hdb, err);

	if (r == 0)
		r = write_rows(hdb, &work->rows, err);
	if (r == 0)
		history_row_shorten(&work->rows, 0);
	if (r == 0 && work->query)
		r = history_read(hdb->db, work->query, &work->events, &work->count, err);
	return r;
}

/* The file and what belongs to it get a name of their own; only regular files are ever renamed. */
static int set_aside(struct history_db *hdb, char **ret_name, struct pmc_error *err)
{
	static const char *const parts[] = {"-wal", "-shm", ""};
	_cleanup_(mem_freep) char *name = NULL;
	char when[32];
	time_t now = time(NULL);
	struct tm tm;
	int r = 0;

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
	name = mem_printf("%s.corrupt-%s", hdb->path, when);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		_cleanup_(mem_freep) char *from = mem_printf("%s%s", hdb->path, parts[i]);
		_cleanup_(mem_freep) char *to = mem_printf("%s%s", name, parts[i]);

		if (db_file_is_regular(from) && rename(from, to) < 0)
			r = -errno;
	}
	if (r < 0)
		return pmc_error_errno(err, r, "cannot set %s aside", hdb->path);
	*ret_name = steal_ptr(&name);
	return 0;
}

int history_db_work(struct history_db *hdb, struct history_work *work, struct pmc_error *err)
{
	int64_t now_ms = clock_now_ms();
	int r = try_work(hdb, work, err);

	if (r == -EROFS) { /* it may be our handle alone that can only read */
		close_file(hdb, false);
		r = try_work(hdb, work, err);
	}
	if (r != -EUCLEAN || !db_file_is_regular(hdb->path))
		return r;
	if (hdb->repaired_ms != 0 && now_ms - hdb->repaired_ms < REPAIR_EVERY_MS)
		return r;
	hdb->repaired_ms = now_ms;
	close_file(hdb, false);
	r = set_aside(hdb, &work->set_aside, err);
	return r < 0 ? r : try_work(hdb, work, err);
}
