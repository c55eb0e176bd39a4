#include "daemon/log/stream_drain.h"

#include <string.h>
#include <sys/ioctl.h>

#include "daemon/bus/event.h"
#include "daemon/log/log_record.h"
#include "daemon/log/stream.h"
#include "daemon/log/stream_files.h"
#include "daemon/log/stream_move.h"
#include "shared/base/error.h"
#include "shared/base/units.h"

void stream_drain_add(struct stream *stream, struct job *job)
{
	struct job **last = &stream->drains;

	while (*last)
		last = &(*last)->next;
	job->next = NULL;
	*last = job;
	stream->drain_begun = false;
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
	stream_notice(stream, EVENT_LOG_DROPPED, str_steal(&text));
}

static void close_stream(struct stream *stream)
{
	struct pump_shared *shared = stream->pump->shared;

	tell_loss(stream);
	stream_files_release(stream);
	spool_remove(&stream->spool, shared->shm_dir_fd, stream->slot, stream->which);
	stream_move_account(stream);
	memset(stream->state, 0, sizeof(*stream->state));
	pump_remove(stream->pump, stream);
}

static void answer_drains(struct stream *stream)
{
	struct job *job = stream->drains, *next;
	struct pump_shared *shared = stream->pump->shared;

	stream->drains = NULL;
	if (stream->close)
		close_stream(stream);
	for (; job; job = next) {
		next = job->next;
		shared->post(shared, job); /* after the last of a close the stream may be gone */
	}
}

void stream_drain_begin(struct stream *stream)
{
	int bytes = 0;

	if (!stream->drains || stream->drain_begun)
		return;
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

bool stream_drain_go_on(struct stream *stream, const struct stream_move *move, uint64_t now_ns)
{
	bool stuck = now_ns < stream->retry_ns || stream->blocked;

	if (stream_is_held_up(stream, now_ns))
		return false;
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
