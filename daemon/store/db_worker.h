/* db_worker: jobs for one SQLite connection, on libuv's pool, one at a time, in the order they
 * came.
 *
 * It does not know what a job does. The loop is never blocked but by db_worker_finish(). */
#pragma once
#include <stdbool.h>
#include <uv.h>

struct db_worker;

/* Embedded in what the job needs. */
struct db_job {
	void (*run)(struct db_job *job); /* on the pool */
	void (*done)(struct db_job *
			     job); /* on the loop, afterwards; may free the job and submit others */
	struct db_job *next;
};

/* Jobs come back on `loop`. */
struct db_worker *db_worker_create(uv_loop_t *loop);

/* Forget about it. Nothing may be queued. Accepts NULL. */
void db_worker_destroy(struct db_worker *worker);

/* On the loop only. `job` stays where it is until its `done`. */
void db_worker_submit(struct db_worker *worker, struct db_job *job);

/* Blocks until all jobs have run, those that wait on this thread, and calls their `done`. False:
 * the time was over; then the job in flight goes on with what it has, and the rest follows if the
 * loop is turned again. */
bool db_worker_finish(struct db_worker *worker, int timeout_ms);
