#include "daemon/log/stream_move.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "daemon/log/log_record.h"
#include "daemon/log/sink_file.h"
#include "daemon/log/stream.h"
#include "daemon/log/stream_drop.h"
#include "daemon/log/stream_mode.h"

#define CHUNK_BYTES (1u << 20)	/* a splice asks for so much; the pipe gives what it has */
#define AHEAD_BYTES (1u << 20)	/* a spool is not filled further while its sinks keep up */
#define BATCHES 8		/* of one sink in one turn */
#define TIDY_BYTES (256u << 10) /* an emptied spool over this is cut at once */
#define TIDY_IDLE_BYTES 4096	/* and over this when its stream falls silent */

bool stream_move_pending(const struct stream *stream)
{
	for (int i = 0; i < LOG_SINKS; i++) {
		if (sink_has_pending(&stream->sink[i], &stream->spool))
			return true;
	}
	return false;
}

/* What all files have already. */
static uint64_t done_by_all(const struct stream *stream)
{
	uint64_t done = stream->spool.size;

	for (int i = 0; i < LOG_SINKS; i++) {
		struct log_record record = log_record_get(&stream->state->sink[i]);

		if (stream->sink[i].file && record.spool_done < done)
			done = record.spool_done;
	}
	return done;
}

/* The size of the spool is taken for 0 from here on; what a sink knows of its line stays. */
static void restart_records(struct stream *stream)
{
	for (int i = 0; i < LOG_SINKS; i++) {
		struct log_record record = log_record_get(&stream->state->sink[i]);

		record.spool_done = 0;
		log_record_put(&stream->state->sink[i], &record);
	}
}

/* Which side is it that a special file's EAGAIN speaks of? */
static bool pipe_is_empty(int pipe_fd)
{
	int bytes = 0;

	return ioctl(pipe_fd, FIONREAD, &bytes) < 0 || bytes == 0;
}

void stream_move_raw(struct stream *stream, uint64_t now_ns, struct stream_move *move)
{
	int count;
	struct sink_file *file = stream_mode_only_file(stream, &count);
	struct pump *pump = stream->pump;
	uint64_t size;
	ssize_t n;

	if (file) {
		move->failed = file->path;
		move->error = sink_file_ready(pump->files, file, now_ns, &size);
		if (move->error < 0)
			return;
		n = sink_file_splice(file, stream->pipe_fd, CHUNK_BYTES, size);
	} else {
		n = splice(stream->pipe_fd, NULL, pump->null_fd, NULL, CHUNK_BYTES,
			   SPLICE_F_NONBLOCK);
		if (n < 0)
			n = -errno;
	}
	if (n >= 0)
		move->taken = (size_t)n;
	else if (n == -EINVAL && file)
		move->more = true; /* through the spool, then */
	else if (n == -EAGAIN && (!file || file->regular || pipe_is_empty(stream->pipe_fd)))
		move->empty = true;
	else if (n != -EINTR)
		move->error = (int)n;
}

bool stream_move_has_room(const struct stream *stream)
{
	uint64_t pending = stream->spool.size - done_by_all(stream);
	bool slow = stream->stall_error || stream->blocked;

	if (!slow || atomic_load(&stream->pump->shared->spooled) >= STREAM_MOVE_SPOOLS_MAX)
		return pending < AHEAD_BYTES;
	return pending < STREAM_MOVE_SPOOL_MAX;
}

static void fill(struct stream *stream, struct stream_move *move)
{
	bool drop =
		stream->config->full == LOG_FULL_DROP && (stream->stall_error || stream->blocked);
	ssize_t n;

	if (!stream_move_has_room(stream)) {
		if (!drop)
			return;
		n = stream_drop_some(stream);
	} else if (stream_drop_in_gap(stream)) {
		n = stream_drop_finish(stream);
		move->more = !stream_drop_in_gap(stream);
	} else {
		n = spool_fill(&stream->spool, stream->pipe_fd, CHUNK_BYTES);
	}
	if (n >= 0)
		move->taken = (size_t)n;
	else if (n == -EAGAIN)
		move->empty = true;
	else if (n != -EINTR)
		move->error = (int)n;
}

/* Let one sink write; what it says becomes part of what the turn says. */
static void run_sink(struct stream *stream, struct sink *sink, const struct sink_turn *turn,
		     struct stream_move *move)
{
	enum sink_result result = SINK_MORE;
	uint64_t size;
	int error = 0;

	for (int i = 0; i < BATCHES && result == SINK_MORE; i++)
		result = sink_run(sink, turn, &error);
	switch (result) {
	case SINK_DONE:
		/* nothing to write: is it well again? */
		if (stream->stall_error)
			error = sink_file_ready(turn->files, sink->file, turn->now_ns, &size);
		break;
	case SINK_MORE:
		move->more = true;
		break;
	case SINK_BUSY:
		stream->blocked = true;
		break;
	case SINK_WAITING:
	case SINK_FAILED:
		break;
	}
	if (error < 0) {
		move->error = error;
		move->failed = sink->file->path;
	}
	if (sink->file->waited && !sink->file->busy) {
		sink->file->waited = false;
		pump_ready_file(stream->pump, sink->file);
	}
}

void stream_move_spooled(struct stream *stream, uint64_t now_ns, struct stream_move *move)
{
	struct pump *pump = stream->pump;
	struct sink_turn turn = {
		.config = stream->config,
		.spool = &stream->spool,
		.files = pump->files,
		.window = pump_window(pump),
		.text = &pump->text,
		.now_ns = now_ns,
		.hurry = stream->drains != NULL,
	};

	if (now_ns >= stream->pause_ns || stream->drains)
		fill(stream, move);
	if (now_ns < stream->retry_ns)
		return;
	stream->blocked = false;
	for (int i = 0; i < LOG_SINKS; i++) {
		if (stream->sink[i].file)
			run_sink(stream, &stream->sink[i], &turn, move);
	}
	stream_move_tidy(stream, false);
}

void stream_move_tidy(struct stream *stream, bool idle)
{
	uint64_t done;

	if (stream->spool.fd < 0 || stream->spool.size == 0)
		return;
	done = done_by_all(stream);
	if (done == stream->spool.size && done >= (idle ? TIDY_IDLE_BYTES : TIDY_BYTES)) {
		if (spool_empty(&stream->spool) == 0)
			restart_records(stream);
	} else {
		spool_forget(&stream->spool, done);
	}
}

/* Does what the stream said last end a line? */
static bool spooled_line_is_open(const struct stream *stream)
{
	bool open = false;

	if (stream_move_pending(stream))
		return !spool_ends_line(&stream->spool, true);
	for (int i = 0; i < LOG_SINKS; i++) {
		struct log_record record = log_record_get(&stream->state->sink[i]);

		open = open || (stream->sink[i].file && (record.in_line & LOG_RECORD_IN_LINE));
	}
	return open;
}

bool stream_move_is_all_told(const struct stream *stream, uint64_t now_ns)
{
	int count;
	struct sink_file *file = stream_mode_only_file(stream, &count);
	uint64_t size;

	if (stream_drop_in_gap(stream) || stream_move_pending(stream))
		return false;
	if (!stream->raw)
		return !spooled_line_is_open(stream);
	if (!file || !file->regular)
		return true;
	return sink_file_ready(stream->pump->files, file, now_ns, &size) == 0 &&
	       sink_file_at_line_start(file, size);
}

int stream_move_end_line(struct stream *stream, uint64_t now_ns)
{
	int count;
	struct sink_file *file = stream_mode_only_file(stream, &count);
	uint64_t size;
	ssize_t n;

	if (!stream->raw)
		return spooled_line_is_open(stream) ? spool_append(&stream->spool, "\n", 1) : 0;
	if (!file || !file->regular)
		return 0;
	n = sink_file_ready(stream->pump->files, file, now_ns, &size);
	if (n < 0 || sink_file_at_line_start(file, size))
		return (int)n;
	n = sink_file_append(file, "\n", 1, size);
	return n < 0 ? (int)n : 0;
}

void stream_move_account(struct stream *stream)
{
	atomic_size_t *total = &stream->pump->shared->spooled;
	size_t held = (size_t)(stream->spool.size - stream->spool.punched);

	atomic_fetch_add(total, held - stream->accounted);
	stream->accounted = held;
}
