#include "daemon/log/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "daemon/bus/event.h"
#include "daemon/log/sink_file.h"
#include "daemon/log/stream_drain.h"
#include "daemon/log/stream_files.h"
#include "daemon/log/stream_mode.h"
#include "daemon/log/stream_move.h"
#include "shared/base/clock.h"
#include "shared/base/error.h"

#define MS 1000000ull
#define RETRY_NS (250 * MS)
#define SLOW_RETRY_NS (10 * MS) /* a fifo or terminal that is full */
#define QUIET_NS (1000 * MS)
#define PAUSE_MAX_NS MS
#define PAUSE_MIN_NS (MS / 10) /* to fall asleep and wake up takes as long */

void stream_notice(struct stream *stream, int event, char *detail)
{
	struct job *job = job_create(JOB_NOTICE, stream, NULL, NULL);

	job->event = event;
	job->text = detail;
	stream->pump->shared->post(stream->pump->shared, job);
}

bool stream_is_held_up(const struct stream *stream, uint64_t now_ns)
{
	return stream->stall_error == -EAGAIN && now_ns < stream->retry_ns &&
	       now_ns - stream->stalled_ns < QUIET_NS;
}

void stream_stall(struct stream *stream, int error, const char *path, uint64_t now_ns)
{
	bool slow = error == -EAGAIN, new;

	if (!stream->stall_error || !stream->stalled_ns)
		stream->stalled_ns = now_ns;
	new = now_ns - stream->stalled_ns < QUIET_NS;
	stream->stall_error = error;
	stream->failed_ns = now_ns;
	stream->retry_ns = now_ns + (slow && new ? SLOW_RETRY_NS : RETRY_NS);
	if (stream->told || (slow && new))
		return;
	stream->told = true;
	stream_notice(stream, EVENT_LOG_STALLED,
		      mem_printf("%s: %s", path ? path : "the spool in memory",
				 slow ? "nobody reads it" : pmc_error_text(error)));
}

/* Until what an earlier engine left is taken over, nothing may be moved. */
static bool begin(struct stream *stream, uint64_t now_ns)
{
	int bytes, r;

	if (stream->begun)
		return true;
	r = stream_files_adopt_spool(stream);
	if (r < 0) {
		stream_stall(stream, r, NULL, now_ns);
		pump_wake_at(stream->pump, stream, stream->retry_ns);
		return false;
	}
	bytes = fcntl(stream->pipe_fd, F_GETPIPE_SZ);
	stream->pipe_bytes = bytes > 0 ? (size_t)bytes : 65536;
	stream->raw = stream->spool.fd < 0;
	stream->begun = true;
	stream_files_attach(stream);
	return true;
}

void stream_open(struct stream *stream)
{
	stream->spool.fd = -1;
	stream->gap_may_be_marked = true;
	pump_add(stream->pump, stream);
	pump_ready(stream->pump, stream);
	begin(stream, clock_now_ns());
}

void stream_configure(struct stream *stream, struct log_config *config)
{
	job_config_free(stream->next_config);
	stream->next_config = config;
	pump_ready(stream->pump, stream);
}

void stream_drain(struct stream *stream, struct job *job)
{
	stream_drain_add(stream, job);
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
		stream_notice(stream, EVENT_LOG_RESUMED, mem_strdup("it is written again"));
	stream->told = false;
}

/* The pipe gave something. Let it gather before the next turn, so that small writes fill whole
 * pages: by the speed of its writer until it is a good third full, at most 1 ms. 0: it was nearly
 * full, or will be so soon, do not wait. */
static uint64_t choose_pause(struct stream *stream, size_t taken)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t took_ns = now_ns - stream->taken_ns + 1;
	uint64_t rate = taken * MS / took_ns;
	uint64_t pause_ns = PAUSE_MAX_NS;

	/* a pipe that was just emptied says little about its writer: forget a high rate slowly */
	stream->rate = rate > stream->rate / 2 ? rate : stream->rate / 2;
	stream->taken_ns = now_ns;
	if (taken >= stream->pipe_bytes / 4 * 3)
		return 0;
	if (stream->rate > 0 && stream->pipe_bytes / 3 * MS / stream->rate < PAUSE_MAX_NS)
		pause_ns = stream->pipe_bytes / 3 * MS / stream->rate;
	return pause_ns < PAUSE_MIN_NS ? 0 : now_ns + pause_ns;
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
	bool drains = stream->drains && !stream_is_held_up(stream, now_ns);
	uint64_t wake_ns = 0;

	if (move->taken > 0)
		stream->pause_ns = choose_pause(stream, move->taken);
	if (now_ns < stream->retry_ns)
		earlier(&wake_ns, stream->retry_ns);
	for (int i = 0; i < LOG_SINKS; i++) {
		uint64_t line_ns = stream->sink[i].line_since_ns + SINK_LINE_NS;

		if (stream->sink[i].line_since_ns && line_ns > now_ns)
			earlier(&wake_ns, line_ns);
	}
	if (move->more || drains || (takes && move->taken > 0 && !stream->pause_ns)) {
		pump_ready(stream->pump, stream);
	} else if (takes && move->empty) {
		stream->pause_ns = 0;
		stream_move_tidy(stream, true);
		if (!pump_arm(stream->pump, stream))
			earlier(&wake_ns, now_ns + RETRY_NS);
		atomic_store(&stream->quiet, !stream->stall_error && !stream->next_config &&
						     stream_move_is_all_told(stream, now_ns));
	} else if (takes) {
		earlier(&wake_ns, stream->pause_ns > now_ns ? stream->pause_ns : now_ns + MS);
	}
	pump_wake_at(stream->pump, stream, wake_ns);
}

void stream_step(struct stream *stream, uint64_t now_ns)
{
	struct stream_move move = {};
	bool closing;

	atomic_store(&stream->quiet, false);
	if (!begin(stream, now_ns))
		return;
	if (stream->next_config && stream_files_may_change(stream))
		stream_files_change(stream);
	stream_drain_begin(stream);
	move.error = stream_mode_choose(stream, now_ns);
	if (move.error == 0) {
		if (!stream->raw)
			stream_move_spooled(stream, now_ns, &move);
		else if (now_ns >= stream->retry_ns &&
			 (now_ns >= stream->pause_ns || stream->drains))
			stream_move_raw(stream, now_ns, &move);
	}
	stream_move_account(stream);
	if (move.error < 0)
		stream_stall(stream, move.error, move.failed, now_ns);
	else
		recover(stream, &move, now_ns);
	closing = stream->close != NULL;
	if (stream->drains && stream_drain_go_on(stream, &move, now_ns) && closing)
		return; /* it may be freed already */
	plan(stream, &move, now_ns);
}

/* The order matters: who empties the pipe says before that it is not quiet. */
bool stream_is_quiet(struct stream *stream)
{
	int bytes;

	return ioctl(stream->pipe_fd, FIONREAD, &bytes) == 0 && bytes == 0 &&
	       atomic_load(&stream->quiet);
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
