#include "daemon/store/history.h"

#include <errno.h>
#include <stdio.h>

#include "daemon/bus/bus.h"
#include "daemon/loop/handles.h"
#include "daemon/store/db_worker.h"
#include "daemon/store/history_db.h"
#include "daemon/store/journal.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"

/* The first event after a quiet time is written soon, those of a storm together. */
#define FLUSH_SOON_MS 5
#define FLUSH_EVERY_MS 150
#define RETRY_FIRST_MS 200
#define RETRY_LAST_MS 10000

struct history {
	struct handles *handles;
	struct bus *bus;
	struct bus_subscription *subscription;
	struct db_worker *worker;
	struct history_db db; /* used on the pool only, but for its `base` after a job */
	uv_timer_t timer;
	struct history_list waiting;
	struct journal journal;
	size_t under_way; /* rows given to jobs */
	size_t dropped;	  /* not yet said */
	bool numbered;	  /* the bus counts on from the highest id of the file */
	bool closing;
	bool abandoned; /* closed without waiting for the job under way: bus and loop may be gone */
	int retry_ms;	/* 0: the last job went well */
	int64_t flushed_ms;
};

struct job {
	struct db_job job;
	struct history *history;
	struct history_work work;
	struct history_query query;
	history_fn fn;
	void *owner;
	size_t rows;
	uint64_t mark; /* of the last row */
	int result;
	struct pmc_error err;
};

static void on_timer(uv_timer_t *timer);

static void set_timer(struct history *history)
{
	int64_t wait_ms = history->flushed_ms + FLUSH_EVERY_MS - clock_now_ms();

	if (history->closing || history->waiting.count == 0 || history->under_way > 0 ||
	    uv_is_active((uv_handle_t *)&history->timer))
		return;
	if (history->retry_ms > 0)
		wait_ms = history->retry_ms;
	else if (wait_ms < FLUSH_SOON_MS)
		wait_ms = FLUSH_SOON_MS;
	uv_timer_start(&history->timer, on_timer, (uint64_t)wait_ms, 0);
}

static void keep_bound(struct history *history)
{
	size_t max =
		history->under_way < HISTORY_QUEUE_MAX ? HISTORY_QUEUE_MAX - history->under_way : 0;

	history->dropped += history_row_shorten(&history->waiting, max);
}

static void on_event(const struct event *event, void *owner)
{
	struct history *history = owner;
	struct history_row *row = history_row_create(event);

	row->early = !history->numbered;
	history_row_append(&history->waiting, row);
	keep_bound(history);
	set_timer(history);
}

static void publish_repaired(struct history *history, const char *set_aside)
{
	struct event event = {.type = EVENT_STORE_REPAIRED,
			      .cause = CAUSE_DAEMON,
			      .pm_id = -1,
			      .number = -1,
			      .code = -1,
			      .signal = -1};

	log_warning("history.db was corrupt: it is now %s, and a new one was made", set_aside);
	snprintf(event.detail, sizeof(event.detail), "history.db was corrupt: set aside as %s",
		 set_aside);
	bus_publish(history->bus, &event);
}

static void went_well(struct history *history)
{
	if (!history->numbered) {
		history->numbered = true;
		bus_set_last_id(history->bus, history->db.base);
	}
	if (history->retry_ms > 0)
		log_info("the history is written again; %zu events were dropped meanwhile",
			 history->dropped);
	history->retry_ms = 0;
	history->dropped = 0;
}

static void went_wrong(struct history *history, struct job *job)
{
	if (history->retry_ms == 0)
		log_warning("the history is not written: %s; up to %d events wait",
			    job->err.message, HISTORY_QUEUE_MAX);
	history_row_prepend_all(&history->waiting, &job->work.rows);
	keep_bound(history);
	history->retry_ms = history->retry_ms ? history->retry_ms * 2 : RETRY_FIRST_MS;
	if (history->retry_ms > RETRY_LAST_MS)
		history->retry_ms = RETRY_LAST_MS;
}

static void run_job(struct db_job *db_job)
{
	struct job *job = container_of(db_job, struct job, job);

	job->result = history_db_work(&job->history->db, &job->work, &job->err);
}

static void job_done(struct db_job *db_job)
{
	struct job *job = container_of(db_job, struct job, job);
	struct history *history = job->history;

	if (history->abandoned)
		return;
	history->under_way -= job->rows;
	history->flushed_ms = clock_now_ms();
	if (job->work.set_aside)
		publish_repaired(history, job->work.set_aside);
	if (job->result < 0)
		went_wrong(history, job);
	else
		went_well(history);
	if (job->result >= 0)
		journal_stored(&history->journal, job->mark);
	if (job->fn)
		job->fn(job->result, job->work.events, job->work.count, &job->err, job->owner);
	set_timer(history);
	free(job->work.set_aside);
	free(job->work.events);
	free(job);
}

/* A job takes along all that waits. */
static void submit(struct history *history, const struct history_query *query, history_fn fn,
		   void *owner)
{
	struct job *job = mem_zalloc(sizeof(*job));

	job->history = history;
	job->rows = history->waiting.count;
	job->work.rows = history->waiting;
	job->mark = history->waiting.last ? history->waiting.last->mark : 0;
	history->waiting = (struct history_list){};
	history->under_way += job->rows;
	if (query) {
		job->query = *query;
		job->work.query = &job->query;
	}
	job->fn = fn;
	job->owner = owner;
	job->job = (struct db_job){.run = run_job, .done = job_done};
	uv_timer_stop(&history->timer);
	db_worker_submit(history->worker, &job->job);
}

static void on_timer(uv_timer_t *timer)
{
	submit(timer->data, NULL, NULL, NULL);
}

static uint64_t on_published(const struct event *event, void *owner)
{
	struct history *history = owner;

	return journal_put(&history->journal, event);
}

static void tell_again(const struct event *event, void *owner)
{
	struct event again = *event;

	again.again = true;
	bus_publish(owner, &again);
}

/* They stay in the journal until something later is stored: nothing is lost if this engine is
 * killed, too. */
static void replay(struct history *history, int shm_dir_fd)
{
	journal_open(&history->journal, shm_dir_fd);
	journal_read(&history->journal, tell_again, history->bus);
	bus_set_first(history->bus, on_published, history);
}

struct history *history_create(struct handles *handles, struct bus *bus, const char *home,
			       int shm_dir_fd, const char *boot_id, int keep_days)
{
	struct history *history = mem_zalloc(sizeof(*history));

	history->handles = handles;
	history->bus = bus;
	history->worker = db_worker_create(handles->loop);
	history_db_init(&history->db, home, boot_id, keep_days);
	handles_timer(handles, &history->timer, history);
	history->subscription = bus_subscribe(bus, on_event, history);
	replay(history, shm_dir_fd);
	submit(history, NULL, NULL, NULL); /* opens the file */
	return history;
}

void history_query(struct history *history, const struct history_query *query, history_fn fn,
		   void *owner)
{
	submit(history, query, fn, owner);
}

void history_close(struct history *history, int timeout_ms)
{
	if (!history)
		return;
	history->closing = true;
	bus_unsubscribe(history->subscription);
	bus_set_first(history->bus, NULL, NULL);
	submit(history, NULL, NULL, NULL);
	if (!db_worker_finish(history->worker, timeout_ms)) {
		log_warning("the history did not answer within %d ms; its last events are lost",
			    timeout_ms);
		history->abandoned = true;
		handles_drop(history->handles, (uv_handle_t *)&history->timer, NULL, NULL);
		return; /* the job in flight still uses all of it */
	}
	history_row_shorten(&history->waiting, 0);
	journal_close(&history->journal);
	history_db_done(&history->db);
	db_worker_destroy(history->worker);
	handles_drop(history->handles, (uv_handle_t *)&history->timer, free, history);
}
