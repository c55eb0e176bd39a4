#include "daemon/log/stream_files.h"

#include <errno.h>
#include <string.h>

#include "daemon/log/log_record.h"
#include "daemon/log/sink_file.h"
#include "daemon/log/stream.h"
#include "shared/base/clock.h"

#define STATE_MAGIC 0x504d434c4f473031ull /* log_stream_state.spare[0]: this stream has begun */

bool stream_files_are_new(const struct log_stream_state *state)
{
	return state->spare[0] != STATE_MAGIC;
}

/* Bring records and spool of an earlier engine into line: between emptying the spool and saying so
 * it may have died. */
int stream_files_adopt_spool(struct stream *stream)
{
	int dir_fd = stream->pump->shared->shm_dir_fd;
	int r = 0;

	if (stream_files_are_new(stream->state)) {
		spool_remove(&stream->spool, dir_fd, stream->slot,
			     stream->which); /* somebody else's */
		memset(stream->state, 0, sizeof(*stream->state));
		stream->state->spare[0] = STATE_MAGIC;
	} else {
		r = spool_open(&stream->spool, dir_fd, stream->slot, stream->which, false);
	}
	if (r < 0 && r != -ENOENT)
		return r;
	for (int i = 0; i < LOG_SINKS; i++) {
		struct log_record record = log_record_get(&stream->state->sink[i]);

		if (record.spool_done > stream->spool.size)
			record.spool_done = 0;
		if (record.spool_done + record.batch_len > stream->spool.size)
			record.batch_len = record.batch_off = 0;
		log_record_put(&stream->state->sink[i], &record);
	}
	return 0;
}

/* The files of the configuration. A sink that is new begins with what comes from now on. */
void stream_files_attach(struct stream *stream)
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
			stream_stall(stream, r, sink->file->path, now_ns);
		sink->recovering = record.batch_len > 0;
		if (sink->recovering)
			sink->file->busy = sink;
		if ((record.in_line & LOG_RECORD_IN_LINE) && !config->json &&
		    !sink->file->line_owner)
			sink->file->line_owner = sink;
	}
}

static bool same_path(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* A batch under way in a file that stays must be finished in the format in which it was begun. */
bool stream_files_may_change(const struct stream *stream)
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

void stream_files_change(struct stream *stream)
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
	stream_files_attach(stream);
	job_config_free(old);
}

void stream_files_release(struct stream *stream)
{
	for (int i = 0; i < LOG_SINKS; i++)
		let_go(stream, i);
}
