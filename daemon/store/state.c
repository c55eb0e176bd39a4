#include "daemon/store/state.h"

#include <errno.h>

#include "daemon/loop/handles.h"
#include "daemon/store/db.h"
#include "daemon/store/db_file.h"
#include "daemon/store/db_worker.h"
#include "daemon/store/migrations.h"
#include "daemon/store/state_change.h"
#include "daemon/store/state_copy.h"
#include "daemon/store/state_rows.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/base/path.h"

#define APPLICATION_ID 0x706d6373 /* "pmcs" */
#define BUSY_MS 2000
#define REQUEST_KEEP_US (INT64_C(3600) * 1000000)
#define REQUESTS_BETWEEN_SWEEPS 64
#define CLOSE_TIMEOUT_MS 30000
/* A change is copied so long after it, and changes that follow so long after the copy before. */
#define COPY_SOON_MS 2000
#define COPY_EVERY_MS 60000

struct state_store {
	char *path;
	sqlite3 *db;
	struct db_worker *worker;
	struct state_change_statements statements;
	unsigned requests; /* stored since old ones were deleted */
	struct handles *handles;
	uv_timer_t copy_timer;
	int64_t copied_ms; /* when the last copy was ordered; 0: never */
};

struct commit {
	struct db_job job;
	struct state_store *store;
	struct state_change *change;
	state_fn fn;
	void *owner;
	int result;
	struct pmc_error err;
};

static const char *why_not_empty(const char *path)
{
	return state_copy_exists(path) ? "is empty, though a copy of it is not" : NULL;
}

static const struct db_file_kind state_kind = {
	.application_id = APPLICATION_ID,
	.migrations = migrations_state,
	.durable = true,
	.busy_ms = BUSY_MS,
	.check_max_bytes = INT64_MAX,
	.why_not_empty = why_not_empty,
};

/* After the start, on the pool: what was read whole is worth a copy. */
static void copy_on_pool(struct db_job *job)
{
	struct commit *copy = container_of(job, struct commit, job);

	copy->result = state_copy_make(copy->store->db, copy->store->path, &copy->err);
}

static void copy_done(struct db_job *job)
{
	struct commit *copy = container_of(job, struct commit, job);

	if (copy->result < 0)
		log_warning("no copy of the state was made: %s", copy->err.message);
	free(copy);
}

static void submit_copy(struct state_store *store)
{
	struct commit *copy = mem_zalloc(sizeof(*copy));

	copy->store = store;
	copy->job = (struct db_job){.run = copy_on_pool, .done = copy_done};
	store->copied_ms = clock_now_ms();
	db_worker_submit(store->worker, &copy->job);
}

static void on_copy_timer(uv_timer_t *timer)
{
	submit_copy(timer->data);
}

/* A daemon may run for months and never end cleanly: what it stored is worth a copy, too. */
static void copy_soon(struct state_store *store)
{
	int64_t wait_ms = store->copied_ms + COPY_EVERY_MS - clock_now_ms();

	if (uv_is_active((uv_handle_t *)&store->copy_timer))
		return;
	if (store->copied_ms == 0 || wait_ms < COPY_SOON_MS)
		wait_ms = COPY_SOON_MS;
	uv_timer_start(&store->copy_timer, on_copy_timer, (uint64_t)wait_ms, 0);
}

int state_open(struct handles *handles, const char *home, struct state_store **ret_store,
	       struct state_rows *ret_rows, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *path = path_join(home, "state.db");
	_cleanup_(state_rows_done) struct state_rows rows = {};
	struct state_store *store;
	sqlite3 *db = NULL;
	int r = db_file_open(&state_kind, path, &db, err);

	if (r == 0)
		r = state_rows_read(db, &rows, err);
	if (r < 0) {
		db_file_close(db, false);
		if (r == -EUCLEAN)
			state_copy_hint(path, err);
		return r;
	}
	store = mem_zalloc(sizeof(*store));
	store->path = steal_ptr(&path);
	store->db = db;
	store->worker = db_worker_create(handles->loop);
	store->handles = handles;
	handles_timer(handles, &store->copy_timer, store);
	if (rows.app_count > 0)
		submit_copy(store);
	*ret_rows = rows;
	rows = (struct state_rows){};
	*ret_store = store;
	return 0;
}

static int delete_old_requests(struct state_store *store, struct pmc_error *err)
{
	_cleanup_(db_finalizep) sqlite3_stmt *stmt = NULL;
	int r;

	if (store->requests++ % REQUESTS_BETWEEN_SWEEPS != 0)
		return 0;
	r = db_prepare(store->db, "DELETE FROM request WHERE time_us < ?1", &stmt, err);
	if (r < 0)
		return r;
	sqlite3_bind_int64(stmt, 1, clock_wall_us() - REQUEST_KEEP_US);
	return db_run(stmt, err);
}

static int put_request(struct state_store *store, const char *id, struct pmc_error *err)
{
	_cleanup_(db_finalizep) sqlite3_stmt *stmt = NULL;
	int r = delete_old_requests(store, err);

	if (r == 0)
		r = db_prepare(store->db,
			       "INSERT OR IGNORE INTO request (id, time_us) VALUES (?1, ?2)", &stmt,
			       err);
	if (r < 0)
		return r;
	sqlite3_bind_text(stmt, 1, id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, clock_wall_us());
	r = db_run(stmt, err);
	if (r == 0 && sqlite3_changes(store->db) == 0)
		return pmc_error_set(err, -EALREADY, "this request was already stored");
	return r;
}

static int try_commit(struct commit *commit)
{
	struct state_store *store = commit->store;
	const char *request_id = state_change_request_id(commit->change);
	int r = db_exec(store->db, "BEGIN IMMEDIATE", &commit->err);

	if (r == 0 && request_id)
		r = put_request(store, request_id, &commit->err);
	if (r == 0)
		r = state_change_apply(commit->change, store->db, &store->statements, &commit->err);
	if (r == 0)
		r = db_exec(store->db, state_change_asks(commit->change) ? "ROLLBACK" : "COMMIT",
			    &commit->err);
	if (r < 0)
		db_rollback(store->db);
	return r;
}

/* After a call that failed SQLite may hold a handle that can only read, for ever; another one may
 * do. */
static void open_anew(struct state_store *store)
{
	sqlite3 *db = NULL;

	if (db_file_open(&state_kind, store->path, &db, NULL) < 0)
		return;
	state_change_statements_done(&store->statements);
	db_file_close(store->db, false);
	store->db = db;
}

static void commit_on_pool(struct db_job *job)
{
	struct commit *commit = container_of(job, struct commit, job);

	commit->result = try_commit(commit);
	if (commit->result != -EROFS)
		return;
	open_anew(commit->store);
	commit->result = try_commit(commit);
}

static void commit_done(struct db_job *job)
{
	struct commit *commit = container_of(job, struct commit, job);

	if (commit->result == 0 && !state_change_asks(commit->change))
		copy_soon(commit->store);
	if (commit->fn)
		commit->fn(commit->result, &commit->err, commit->owner);
	state_change_destroy(commit->change);
	free(commit);
}

void state_commit(struct state_store *store, struct state_change *change, state_fn fn, void *owner)
{
	struct commit *commit = mem_zalloc(sizeof(*commit));

	commit->store = store;
	commit->change = change;
	commit->fn = fn;
	commit->owner = owner;
	commit->job = (struct db_job){.run = commit_on_pool, .done = commit_done};
	db_worker_submit(store->worker, &commit->job);
}

void state_close(struct state_store *store)
{
	struct pmc_error err = {};

	if (!store)
		return;
	uv_timer_stop(&store->copy_timer);
	if (!db_worker_finish(store->worker, CLOSE_TIMEOUT_MS)) {
		log_error("the state store does not answer; left open");
		handles_drop(store->handles, (uv_handle_t *)&store->copy_timer, NULL, NULL);
		return; /* the job in flight still uses all of it */
	}
	if (state_copy_make(store->db, store->path, &err) < 0)
		log_warning("no copy of the state was made: %s", err.message);
	state_change_statements_done(&store->statements);
	db_file_close(store->db, true);
	db_worker_destroy(store->worker);
	free(store->path);
	handles_drop(store->handles, (uv_handle_t *)&store->copy_timer, free, store);
}
