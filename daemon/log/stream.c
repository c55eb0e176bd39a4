#include "daemon/log/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

#include "daemon/bus/event.h"
#include "daemon/log/log_record.h"
#include "daemon/log/sink_file.h"
#include "daemon/log/stream_drop.h"
#include "daemon/log/stream_move.h"
#include "shared/base/clock.h"
#include "shared/base/error.h"
#include "shared/base/str.h"
#include "shared/base/units.h"

#define MS 1000000ull
#define STATE_MAGIC 0x504d434c4f473031ull /* log_stream_state.spare[0]: this stream has begun */
#define RETRY_NS (250 * MS)
#define SLOW_RETRY_NS (10 * MS) /* a fifo or terminal that is full */
#define QUIET_NS (1000 * MS)
#define PAUSE_MAX_US 1000
#define PAUSE_MIN_US 30

static void post_notice(struct stream *stream, int event, char *detail)
{
	struct job *job = job_create(JOB_NOTICE, stream, NULL, NULL);

	job->event = event;
	job->text = detail;
	stream->pump->shared->post(stream->pump->shared, job);
}

static void stall(struct stream *stream, int error, uint64_t now_ns)
{
	bool slow = error == -EAGAIN;

	if (!stream->stall_error || !stream->stalled_ns)
		stream->stalled_ns = now_ns;
	stream->stall_error = error;
	stream->failed_ns = now_ns;
	stream->retry_ns = now_ns + (slow ? SLOW_RETRY_NS : RETRY_NS);
	if (stream->told || (slow && now_ns - stream->stalled_ns < QUIET_NS))
		return;
	stream->told = true;
	for (int i = LOG_SINKS - 1; i >= 0; i--) {
		if (!stream->config->path[i])
			continue;
		post_notice(stream, EVENT_LOG_STALLED,
			    mem_printf("%s: %s", stream->config->path[i],
				       slow ? "nobody reads it" : pmc_error_text(error)));
		return;
	}
}

/* The files of the configuration. A sink that is new begins with what comes from now on. */
static void attach_files(struct stream *stream)
{
	struct pump *pump = stream->pump;
	const struct log_config *config = stream->config;
	uint64_t now_ns = clock_now_ns();

	for (int i = 0; i < LOG_SINKS; i++) {
		struct sink *sink = &stream->sink[i];
		struct log_record record = log_record_get(&stream->state->sink[i]);
		uint64_t size;
		int r;

		sink->state = &stream->state->sink[i];
		if (!config->path[i] || sink->file)
			continue;
		sink->file = sink_file_get(&pump->files, config->path[i], config->uid, config->gid);
		r = sink_file_ready(pump->files, sink->file, now_ns, &size);
		if (r < 0)
			stall(stream, r, now_ns);
		sink->recovering = record.batch_len > 0;
		if (sink->recovering)
			sink->file->busy = sink;
		if ((record.in_line & LOG_RECORD_IN_LINE) && !config->json &&
		    !sink->file->line_owner)
			sink->file->line_owner = sink;
	}
}

/* Bring records and spool of an earlier engine into line: between emptying the spool and saying so
 * it may have died. */
static void adopt_spool(struct stream *stream)
{
	int dir_fd = stream->pump->shared->shm_dir_fd;

	if (stream->state->spare[0] != STATE_MAGIC) {
		spool_remove(&stream->spool, dir_fd, stream->slot,
			     stream->which); /* somebody else's */
		memset(stream->state, 0, sizeof(*stream->state));
		stream->state->spare[0] = STATE_MAGIC;
	} else if (spool_open(&stream->spool, dir_fd, stream->slot, stream->which, false) < 0) {
		stream->spool = (struct spool){.fd = -1};
	}
	for (int i = 0; i < LOG_SINKS; i++) {
		struct log_record record = log_record_get(&stream->state->sink[i]);

		if (record.spool_done > stream->spool.size)
			record.spool_done = 0;
		if (record.spool_done + record.batch_len > stream->spool.size)
			record.batch_len = record.batch_off = 0;
		log_record_put(&stream->state->sink[i], &record);
	}
}

void stream_open(struct stream *stream)
{
	int bytes = fcntl(stream->pipe_fd, F_GETPIPE_SZ);

	stream->pipe_bytes = bytes > 0 ? (size_t)bytes : 65536;
	stream->pause_us = PAUSE_MAX_US;
	stream->spool.fd = -1;
	stream->gap_may_be_marked = true;
	adopt_spool(stream);
	stream->raw = stream->spool.fd < 0;
	attach_files(stream);
	pump_add(stream->pump, stream);
	pump_ready(stream->pump, stream);
}

void stream_configure(struct stream *stream, struct log_config *config)
{
	job_config_free(stream->next_config);
	stream->next_config = config;
	pump_ready(stream->pump, stream);
}

static bool same_path(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* A batch under way in a file that stays must be finished in the format in which it was begun. */
static bool may_change(const struct stream *stream)
{
	for (int i = 0; i < LOG_SINKS; i++) {
		if (stream->sink[i].file && log_record_get(&stream->state->sink[i]).batch_len > 0 &&
		    same_path(stream->config->path[i], stream->next_config->path[i]))
			return false;
	}
	return true;
}

static void let_go(struct stream *stream, int i)
{
	struct sink *sink = &stream->sink[i];
	struct sink_file *file = sink->file;

	sink_give_up(sink);
	sink->file = NULL;
	if (file && file->users > 1)
		pump_ready_file(stream->pump, file);
	sink_file_put(&stream->pump->files, file);
}

static void apply_config(struct stream *stream)
{
	struct log_config *old = stream->config;

	stream->config = stream->next_config;
	stream->next_config = NULL;
	for (int i = 0; i < LOG_SINKS; i++) {
		if (same_path(old->path[i], stream->config->path[i]))
			continue;
		uint64_t done = stream->sink[i].file
					? log_record_get(&stream->state->sink[i]).spool_done
					: stream->spool.size;
		let_go(stream, i);
		sink_begin_at(&stream->sink[i], done, false);
	}
	stream->stall_error = 0;
	stream->retry_ns = stream->pause_ns = 0;
	attach_files(stream);
	job_config_free(old);
}

void stream_drain(struct stream *stream, struct job *job)
{
	struct job **last = &stream->drains;

	while (*last)
		last = &(*last)->next;
	job->next = NULL;
	*last = job;
	stream->drain_begun = false;
	pump_ready(stream->pump, stream);
}

void stream_close(struct stream *stream, struct job *job)
{
	stream->close = job;
	stream_drain(stream, job);
}

/* A turn without an error. Nearly full disks let a few bytes through now and then: that is not yet
 * the end of a stall. */
static void recover(struct stream *stream, const struct stream_move *move, uint64_t now_ns)
{
	bool quiet = move->empty && !stream_move_pending(stream);

	if (!stream->stall_error || stream->blocked || now_ns < stream->retry_ns)
		return;
	stream->retry_ns = 0;
	if (!quiet && now_ns - stream->failed_ns < QUIET_NS)
		return;
	stream->stall_error = 0;
	stream->stalled_ns = 0;
	if (stream->told)
		post_notice(stream, EVENT_LOG_RESUMED, mem_strdup("it is written again"));
	stream->told = false;
}

/* What is lost because the stream ends while its disk takes nothing. */
static void tell_loss(struct stream *stream)
{
	_cleanup_(str_done) struct str text = {};
	uint64_t done = stream->spool.size;
	int in_pipe = 0;

	for (int i = 0; i < LOG_SINKS; i++) {
		struct log_record record = log_record_get(&stream->state->sink[i]);

		if (stream->sink[i].file && record.spool_done < done)
			done = record.spool_done;
	}
	if (stream->raw)
		(void)ioctl(stream->pipe_fd, FIONREAD, &in_pipe);
	uint64_t lost = stream->spool.size - done + (uint64_t)in_pipe +
			log_record_get(&stream->state->sink[0]).drop_bytes;

	if (lost == 0)
		return;
	units_human_size(&text, (int64_t)lost);
	str_appendf(&text, " could not be written before the end: %s",
		    pmc_error_text(stream->stall_error));
	post_notice(stream, EVENT_LOG_DROPPED, str_steal(&text));
}

static void account(struct stream *stream)
{
	atomic_size_t *total = &stream->pump->shared->spooled;
	size_t held = (size_t)(stream->spool.size - stream->spool.punched);

	atomic_fetch_add(total, held - stream->accounted);
	stream->accounted = held;
}

static void finish_close(struct stream *stream)
{
	struct pump_shared *shared = stream->pump->shared;

	tell_loss(stream);
	for (int i = 0; i < LOG_SINKS; i++)
		let_go(stream, i);
	spool_remove(&stream->spool, shared->shm_dir_fd, stream->slot, stream->which);
	account(stream);
	memset(stream->state, 0, sizeof(*stream->state));
	pump_remove(stream->pump, stream);
}

static void answer_drains(struct stream *stream)
{
	struct job *job = stream->drains, *next;
	struct pump_shared *shared = stream->pump->shared;

	stream->drains = NULL;
	if (stream->close)
		finish_close(stream);
	for (; job; job = next) {
		next = job->next;
		shared->post(shared, job); /* after the last of a close the stream may be gone */
	}
}

static void begin_drain(struct stream *stream)
{
	int bytes = 0;

	(void)ioctl(stream->pipe_fd, FIONREAD, &bytes);
	stream->drain_left = (size_t)bytes;
	stream->drain_begun = true;
	stream->drain_stuck = stream->line_ended = false;
}

static bool pipe_is_empty(const struct stream *stream)
{
	int bytes = 0;

	return ioctl(stream->pipe_fd, FIONREAD, &bytes) == 0 && bytes == 0;
}

/* Is everything that the dead process said out of the pipe, or stuck for now? */
static bool pipe_is_drained(struct stream *stream, const struct stream_move *move, bool stuck)
{
	stream->drain_left -= move->taken < stream->drain_left ? move->taken : stream->drain_left;
	if (move->empty)
		stream->drain_left = 0;
	return stream->drain_left == 0 || (stuck && (stream->raw || !stream_move_has_room(stream)));
}

/* Answers the drains when there is no more to do, or nothing can be done now; returns whether it
 * did. */
static bool go_on_draining(struct stream *stream, const struct stream_move *move, uint64_t now_ns)
{
	bool stuck = now_ns < stream->retry_ns || stream->blocked;

	if (stuck && stream->raw && !stream->drain_stuck) {
		stream->drain_stuck = true; /* in its next turn a spool takes it */
		return false;
	}
	if (!pipe_is_drained(stream, move, stuck))
		return false;
	if (!stream->line_ended) {
		stream->line_ended = true;
		if (pipe_is_empty(stream) && stream_move_end_line(stream, now_ns) == 0 &&
		    !stream->raw)
			return false;
	}
	if (stream_move_pending(stream) && !stuck && (move->more || move->taken))
		return false;
	answer_drains(stream);
	return true;
}

/* The pipe gave something: at once again if it was much, else after a pause in which small writes
 * gather. The pause adapts so that a pipe is never near full when it ends. */
static uint64_t choose_pause(struct stream *stream, size_t taken, uint64_t now_ns)
{
	if (taken >= stream->pipe_bytes / 2) {
		if (stream->pause_us > PAUSE_MIN_US)
			stream->pause_us /= 2;
		return 0;
	}
	if (taken < stream->pipe_bytes / 8 && stream->pause_us < PAUSE_MAX_US)
		stream->pause_us =
			stream->pause_us * 2 > PAUSE_MAX_US ? PAUSE_MAX_US : stream->pause_us * 2;
	return now_ns + stream->pause_us * 1000ull;
}

static void earlier(uint64_t *wake_ns, uint64_t ns)
{
	if (ns && (!*wake_ns || ns < *wake_ns))
		*wake_ns = ns;
}

/* When is its next turn? */
static void plan(struct stream *stream, const struct stream_move *move, uint64_t now_ns)
{
	bool drops =
		stream->config->full == LOG_FULL_DROP && (stream->stall_error || stream->blocked);
	bool takes =
		stream->raw ? now_ns >= stream->retry_ns : drops || stream_move_has_room(stream);

	stream->wake_ns = 0;
	if (move->taken > 0)
		stream->pause_ns = choose_pause(stream, move->taken, now_ns);
	if (now_ns < stream->retry_ns)
		earlier(&stream->wake_ns, stream->retry_ns);
	for (int i = 0; i < LOG_SINKS; i++) {
		if (stream->sink[i].line_since_ns)
			earlier(&stream->wake_ns, stream->sink[i].line_since_ns + SINK_LINE_NS);
	}
	if (move->more || stream->drains || (takes && move->taken > 0 && !stream->pause_ns)) {
		pump_ready(stream->pump, stream);
	} else if (takes && move->empty) {
		stream->pause_us = PAUSE_MAX_US;
		stream->pause_ns = 0;
		stream_move_tidy(stream, true);
		pump_arm(stream->pump, stream);
	} else if (takes) {
		earlier(&stream->wake_ns,
			stream->pause_ns > now_ns ? stream->pause_ns : now_ns + MS);
	}
}

void stream_step(struct stream *stream, uint64_t now_ns)
{
	struct stream_move move = {};
	bool closing;

	if (stream->next_config && may_change(stream))
		apply_config(stream);
	if (stream->drains && !stream->drain_begun)
		begin_drain(stream);
	move.error = stream_move_choose(stream, now_ns);
	if (move.error == 0) {
		if (!stream->raw)
			stream_move_spooled(stream, now_ns, &move);
		else if (now_ns >= stream->retry_ns &&
			 (now_ns >= stream->pause_ns || stream->drains))
			stream_move_raw(stream, now_ns, &move);
	}
	account(stream);
	if (move.error < 0)
		stall(stream, move.error, now_ns);
	else
		recover(stream, &move, now_ns);
	closing = stream->close != NULL;
	if (stream->drains && go_on_draining(stream, &move, now_ns) && closing)
		return; /* it may be freed already */
	plan(stream, &move, now_ns);
}

void stream_done(struct stream *stream)
{
	struct job *next;

	for (struct job *job = stream->drains; job; job = next) {
		next = job->next;
		job_destroy(job);
	}
	spool_close(&stream->spool);
	for (int i = 0; i < LOG_SINKS; i++)
		sink_file_put(&stream->pump->files, stream->sink[i].file);
	job_config_free(stream->config);
	job_config_free(stream->next_config);
}
