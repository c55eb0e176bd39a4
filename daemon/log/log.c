#include "daemon/log/log.h"

#include <errno.h>
#include <string.h>

#include "daemon/bus/event.h"
#include "daemon/log/hang.h"
#include "daemon/log/job.h"
#include "daemon/log/mounts.h"
#include "daemon/log/pump.h"
#include "daemon/log/stream.h"
#include "daemon/log/stream_files.h"
#include "daemon/loop/handles.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"

#define PUMPS_MAX HANG_PUMPS_MAX
#define START_RETRY_MS 250

struct log_stream {
	struct stream stream; /* the thread's */
	struct log *log;
	void *tag;
	bool muted;	   /* its owner does not wait for its end */
	log_fn drained_fn; /* waits for a drain; NULL: nobody does */
	void *drained_owner;
	unsigned late_drains;  /* answered before the thread did */
	char *path[LOG_SINKS]; /* to find the thread of a file */
	struct log_stream *next;
};

struct log {
	struct pump_shared shared;
	struct handles *handles;
	uv_async_t async;
	uv_prepare_t prepare;
	uv_timer_t start_timer; /* threads that could not be made are tried again */
	struct hang hang;
	unsigned open_handles;
	struct log_callbacks callbacks;
	struct job_queue answers;
	struct mounts mounts;
	struct pump *pumps[PUMPS_MAX];
	size_t pump_count;
	bool running; /* the loop turned once: what was opened before begins together */
	struct log_stream *streams;
};

static void post(struct pump_shared *shared, struct job *job)
{
	struct log *log = container_of(shared, struct log, shared);

	job_queue_push(&log->answers, job);
	uv_async_send(&log->async);
}

static void watch(struct pump_shared *shared)
{
	uv_async_send(&container_of(shared, struct log, shared)->async);
}

static void tell(struct log_stream *stream, int event, const char *detail)
{
	struct log *log = stream->log;

	if (!stream->muted)
		log->callbacks.on_notice(log->callbacks.owner, stream->tag, event, detail);
}

static void answer_drain(struct log_stream *stream)
{
	log_fn fn = stream->drained_fn;

	stream->drained_fn = NULL;
	if (fn)
		fn(stream->drained_owner);
}

static void on_drained(void *owner)
{
	struct log_stream *stream = owner;

	if (stream->late_drains > 0)
		stream->late_drains--; /* its owner was answered when the disk hung */
	else
		answer_drain(stream);
}

static void free_stream(struct log_stream *stream)
{
	for (struct log_stream **at = &stream->log->streams; *at; at = &(*at)->next) {
		if (*at == stream) {
			*at = stream->next;
			break;
		}
	}
	stream_done(&stream->stream);
	for (int i = 0; i < LOG_SINKS; i++)
		free(stream->path[i]);
	free(stream);
}

static void deliver(struct log *log, struct job *job)
{
	struct log_stream *stream =
		job->stream ? container_of(job->stream, struct log_stream, stream) : NULL;

	if (job->kind == JOB_NOTICE) {
		tell(stream, job->event, job->text);
		return;
	}
	if (job->kind == JOB_CLOSE)
		free_stream(stream);
	if (job->fn)
		job->fn(job->owner);
}

/* The thread cannot answer: nobody waits for it to see the end of a process. What is in the pipe
 * stays there, in order. */
static void on_hang(struct pump *pump, struct stream *turn, void *owner)
{
	struct log *log = owner;
	struct log_stream *next;

	for (struct log_stream *stream = log->streams; stream; stream = next) {
		next = stream->next;
		if (&stream->stream == turn) {
			const char *path =
				stream->path[0] ? stream->path[0] : stream->path[LOG_SINKS - 1];
			_cleanup_(mem_freep) char *text =
				mem_printf("%s: the disk has not answered for %d s",
					   path ? path : "its file", HANG_MS / 1000);

			tell(stream, EVENT_LOG_STALLED, text);
		}
		if (stream->stream.pump == pump && stream->drained_fn) {
			stream->late_drains++;
			answer_drain(stream);
		}
	}
}

static void on_hang_end(struct pump *pump, struct stream *turn, void *owner)
{
	struct log *log = owner;

	for (struct log_stream *stream = log->streams; stream; stream = stream->next)
		if (&stream->stream == turn && stream->stream.pump == pump)
			tell(stream, EVENT_LOG_RESUMED, "the disk answers again");
}

static void on_start_timer(uv_timer_t *timer);

static void start_pumps(struct log *log)
{
	for (size_t i = 0; i < log->pump_count; i++) {
		int r = log->pumps[i]->started ? 0 : pump_start(log->pumps[i]);

		if (r == 0)
			continue;
		log_warning("cannot make a thread for logs, trying again: %s", pmc_error_text(r));
		uv_timer_start(&log->start_timer, on_start_timer, START_RETRY_MS, 0);
	}
}

static void on_start_timer(uv_timer_t *timer)
{
	start_pumps(timer->data);
}

static void on_answers(uv_async_t *async)
{
	struct log *log = async->data;
	struct job *next;

	if (!log->running) {
		log->running = true;
		start_pumps(log);
	}
	if (atomic_load(&log->shared.watched))
		hang_watch(&log->hang);
	for (struct job *job = job_queue_take(&log->answers); job; job = next) {
		next = job->next;
		deliver(log, job);
		job_destroy(job);
	}
}

/* The orders of one turn go to their threads together: a thread that is woken for each would be in
 * the way of whoever makes them. */
static void on_prepare(uv_prepare_t *prepare)
{
	struct log *log = prepare->data;

	for (size_t i = 0; i < log->pump_count; i++)
		pump_ring(log->pumps[i]);
}

struct log *log_create(struct handles *handles, int shm_dir_fd,
		       const struct log_callbacks *callbacks)
{
	struct log *log = mem_zalloc(sizeof(*log));

	log->shared.shm_dir_fd = shm_dir_fd;
	log->shared.post = post;
	log->shared.watch = watch;
	log->handles = handles;
	log->callbacks = *callbacks;
	job_queue_init(&log->answers);
	mounts_init(&log->mounts);
	handles_async(handles, &log->async, on_answers, log);
	handles_timer(handles, &log->start_timer, log);
	handles_prepare(handles, &log->prepare, log);
	uv_prepare_start(&log->prepare, on_prepare);
	hang_init(&log->hang, handles, &log->shared,
		  &(struct hang_callbacks){on_hang, on_hang_end, log});
	log->open_handles = 4;
	uv_async_send(&log->async);
	return log;
}

/* The thread of a file system, made when first needed. What is below /dev does not block, so any
 * will do. */
static struct pump *pump_of_mount(struct log *log, const char *path)
{
	unsigned long mount =
		path && strncmp(path, "/dev/", 5) != 0 ? mounts_find(&log->mounts, path) : 0;

	for (size_t i = 0; i < log->pump_count; i++) {
		if (log->pumps[i]->mount == mount || mount == 0)
			return log->pumps[i];
	}
	if (log->pump_count == PUMPS_MAX)
		return log->pumps[mount % PUMPS_MAX];
	log->pumps[log->pump_count++] = pump_create(&log->shared, mount);
	hang_add(&log->hang, log->pumps[log->pump_count - 1]);
	if (log->running)
		start_pumps(log);
	return log->pumps[log->pump_count - 1];
}

/* All writers of a file must be on one thread. */
static struct pump *pump_of_path(struct log *log, const char *path)
{
	for (struct log_stream *stream = log->streams; path && stream; stream = stream->next) {
		for (int i = 0; i < LOG_SINKS; i++) {
			if (stream->path[i] && strcmp(stream->path[i], path) == 0)
				return stream->stream.pump;
		}
	}
	return NULL;
}

static struct pump *choose_pump(struct log *log, const struct log_config *config)
{
	struct pump *pump = NULL;
	const char *path = NULL;

	for (int i = LOG_SINKS - 1; i >= 0 && !pump; i--)
		pump = pump_of_path(log, config->path[i]);
	for (int i = LOG_SINKS - 1; i >= 0 && !path; i--)
		path = config->path[i];
	return pump ? pump : pump_of_mount(log, path);
}

static void remember_paths(struct log_stream *stream, const struct log_config *config)
{
	for (int i = 0; i < LOG_SINKS; i++) {
		free(stream->path[i]);
		stream->path[i] = mem_strdup(config->path[i]);
	}
}

struct log_stream *log_stream_open(struct log *log, int slot, int which, int pipe_fd,
				   struct log_stream_state *state, const struct log_config *config,
				   void *tag)
{
	struct log_stream *stream = mem_zalloc(sizeof(*stream));

	stream->stream = (struct stream){
		.pump = choose_pump(log, config),
		.state = state,
		.config = job_config_copy(config),
		.slot = slot,
		.which = which,
		.pipe_fd = pipe_fd,
		.spool.fd = -1,
		.quiet = stream_files_are_new(state), /* its thread may be busy for long */
	};
	stream->log = log;
	stream->tag = tag;
	remember_paths(stream, config);
	stream->next = log->streams;
	log->streams = stream;
	pump_send(stream->stream.pump, job_create(JOB_OPEN, &stream->stream, NULL, NULL));
	return stream;
}

void log_stream_configure(struct log_stream *stream, const struct log_config *config)
{
	struct job *job = job_create(JOB_CONFIGURE, &stream->stream, NULL, NULL);

	job->config = job_config_copy(config);
	remember_paths(stream, config);
	pump_send(stream->stream.pump, job);
}

void log_stream_drain(struct log_stream *stream, log_fn fn, void *owner)
{
	stream->drained_fn = fn;
	stream->drained_owner = owner;
	pump_send(stream->stream.pump, job_create(JOB_DRAIN, &stream->stream, on_drained, stream));
}

bool log_stream_is_quiet(struct log_stream *stream)
{
	return stream_is_quiet(&stream->stream);
}

void log_stream_close(struct log_stream *stream, log_fn fn, void *owner)
{
	stream->muted = !fn;
	pump_send(stream->stream.pump, job_create(JOB_CLOSE, &stream->stream, fn, owner));
}

void log_reopen(struct log *log)
{
	for (size_t i = 0; i < log->pump_count; i++)
		pump_send(log->pumps[i], job_create(JOB_REOPEN, NULL, NULL, NULL));
}

void log_flush(struct log *log, const char *path, log_fn fn, void *owner)
{
	struct pump *pump = pump_of_path(log, path);
	struct job *job = job_create(JOB_FLUSH, NULL, fn, owner);

	job->text = mem_strdup(path);
	pump_send(pump ? pump : pump_of_mount(log, path), job);
}

static void on_handle_closed(void *owner)
{
	struct log *log = owner;

	if (--log->open_handles == 0)
		free(log);
}

void log_destroy(struct log *log, int timeout_ms)
{
	bool all_ended = true;

	if (!log)
		return;
	for (size_t i = 0; i < log->pump_count; i++) {
		struct log_stream *next;
		struct pump *pump = log->pumps[i];
		bool ended = pump_quit(pump, timeout_ms);

		for (struct log_stream *stream = log->streams; ended && stream; stream = next) {
			next = stream->next;
			if (stream->stream.pump == pump)
				free_stream(stream);
		}
		if (ended)
			pump_destroy(pump);
		all_ended = all_ended && ended;
	}
	if (!all_ended)
		return; /* a thread that hangs still uses it */
	mounts_done(&log->mounts);
	job_queue_done(&log->answers);
	handles_drop(log->handles, (uv_handle_t *)&log->async, on_handle_closed, log);
	handles_drop(log->handles, (uv_handle_t *)&log->start_timer, on_handle_closed, log);
	handles_drop(log->handles, (uv_handle_t *)&log->prepare, on_handle_closed, log);
	handles_drop(log->handles, (uv_handle_t *)&log->hang.timer, on_handle_closed, log);
}
