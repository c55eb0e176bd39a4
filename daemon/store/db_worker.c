#include "daemon/store/db_worker.h"

#include <assert.h>
#include <stdlib.h>

#include "shared/base/clock.h"
#include "shared/base/mem.h"

struct db_worker {
	uv_loop_t *loop;
	uv_work_t work;
	struct db_job *first, **end; /* those that wait */
	struct db_job *running;	     /* given to the pool, `done` not yet called */
	bool busy;   /* the pool has `work`: its callback on the loop is still to come */
	bool orphan; /* destroyed meanwhile */
	uv_mutex_t mutex;
	uv_cond_t ended;
	bool ran; /* guarded by the mutex: `running` has run */
};

struct db_worker *db_worker_create(uv_loop_t *loop)
{
	struct db_worker *worker = mem_zalloc(sizeof(*worker));

	worker->loop = loop;
	worker->end = &worker->first;
	if (uv_mutex_init(&worker->mutex) != 0 || uv_cond_init(&worker->ended) != 0)
		abort();
	return worker;
}

static void release(struct db_worker *worker)
{
	uv_mutex_destroy(&worker->mutex);
	uv_cond_destroy(&worker->ended);
	free(worker);
}

void db_worker_destroy(struct db_worker *worker)
{
	if (!worker)
		return;
	assert(!worker->first && !worker->running);
	if (worker->busy)
		worker->orphan = true;
	else
		release(worker);
}

static struct db_job *take(struct db_worker *worker)
{
	struct db_job *job = worker->first;

	if (!job)
		return NULL;
	worker->first = job->next;
	if (!worker->first)
		worker->end = &worker->first;
	return job;
}

static void run_on_pool(uv_work_t *work)
{
	struct db_worker *worker = container_of(work, struct db_worker, work);

	worker->running->run(worker->running);
	uv_mutex_lock(&worker->mutex);
	worker->ran = true;
	uv_cond_signal(&worker->ended);
	uv_mutex_unlock(&worker->mutex);
}

static void after_run(uv_work_t *work, int status);

static void begin_next(struct db_worker *worker)
{
	if (worker->busy || !worker->first)
		return;
	worker->running = take(worker);
	worker->ran = false;
	worker->busy = true;
	uv_queue_work(worker->loop, &worker->work, run_on_pool, after_run);
}

static void after_run(uv_work_t *work, int status)
{
	struct db_worker *worker = container_of(work, struct db_worker, work);
	struct db_job *job = steal_ptr(&worker->running); /* NULL: db_worker_finish() saw to it */

	(void)status;
	worker->busy = false;
	if (worker->orphan) {
		release(worker);
		return;
	}
	begin_next(worker); /* the pool works while `done` does */
	if (job)
		job->done(job);
}

void db_worker_submit(struct db_worker *worker, struct db_job *job)
{
	job->next = NULL;
	*worker->end = job;
	worker->end = &job->next;
	begin_next(worker);
}

static bool wait_for_running(struct db_worker *worker, int64_t deadline_ms)
{
	bool ran;

	uv_mutex_lock(&worker->mutex);
	while (!worker->ran) {
		int64_t left_ms = deadline_ms - clock_now_ms();

		if (left_ms <= 0)
			break;
		uv_cond_timedwait(&worker->ended, &worker->mutex, (uint64_t)left_ms * 1000000);
	}
	ran = worker->ran;
	uv_mutex_unlock(&worker->mutex);
	return ran;
}

bool db_worker_finish(struct db_worker *worker, int timeout_ms)
{
	int64_t deadline_ms = clock_now_ms() + timeout_ms;
	struct db_job *job;

	if (worker->running) {
		if (uv_cancel((uv_req_t *)&worker->work) == 0)
			worker->running->run(worker->running);
		else if (!wait_for_running(worker, deadline_ms))
			return false;
		job = steal_ptr(&worker->running);
		job->done(job);
	}
	while ((job = take(worker))) {
		job->run(job);
		job->done(job);
	}
	return true;
}
