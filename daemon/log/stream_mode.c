#include "daemon/log/stream_mode.h"

#include "daemon/log/format.h"
#include "daemon/log/sink_file.h"
#include "daemon/log/stream.h"
#include "daemon/log/stream_drop.h"
#include "daemon/log/stream_move.h"

struct sink_file *stream_mode_only_file(const struct stream *stream, int *ret_count)
{
	struct sink_file *file = NULL;

	*ret_count = 0;
	for (int i = 0; i < LOG_SINKS; i++) {
		if (stream->sink[i].file && !stream->sink[i].file->null_device) {
			file = stream->sink[i].file;
			(*ret_count)++;
		}
	}
	return file;
}

static bool may_be_raw(const struct stream *stream, uint64_t now_ns)
{
	const struct log_config *config = stream->config;
	int count;
	const struct sink_file *file = stream_mode_only_file(stream, &count);

	if (count == 0)
		return true;
	if (count > 1 || !format_is_plain(config) || config->shared)
		return false;
	if (stream->stall_error && (config->full == LOG_FULL_DROP || stream->drains))
		return false;
	return sink_file_is_ours_alone(file, now_ns);
}

static int leave_raw(struct stream *stream, uint64_t now_ns)
{
	struct pump *pump = stream->pump;
	int r = 0;

	if (stream->spool.fd < 0)
		r = spool_open(&stream->spool, pump->shared->shm_dir_fd, stream->slot,
			       stream->which, true);
	if (r < 0)
		return r;
	for (int i = 0; i < LOG_SINKS; i++) {
		struct sink *sink = &stream->sink[i];
		bool in_line = false;
		uint64_t size;

		if (sink->file && sink->file->regular &&
		    sink_file_ready(pump->files, sink->file, now_ns, &size) == 0)
			in_line =
				!stream->config->json && !sink_file_at_line_start(sink->file, size);
		sink_begin_at(sink, stream->spool.size, in_line);
		if (in_line)
			sink->file->line_owner = sink;
	}
	stream->raw = false;
	return 0;
}

static void become_raw(struct stream *stream)
{
	if (stream->spool.fd >= 0 && spool_empty(&stream->spool) < 0)
		return; /* what is in it must never be taken for new */
	spool_remove(&stream->spool, stream->pump->shared->shm_dir_fd, stream->slot, stream->which);
	for (int i = 0; i < LOG_SINKS; i++) {
		sink_give_up(&stream->sink[i]);
		sink_begin_at(&stream->sink[i], 0, false);
	}
	stream->raw = true;
}

int stream_mode_choose(struct stream *stream, uint64_t now_ns)
{
	bool may = may_be_raw(stream, now_ns);

	if (stream->raw && !may)
		return leave_raw(stream, now_ns);
	if (!stream->raw && may && !stream_move_pending(stream) && !stream_drop_in_gap(stream))
		become_raw(stream);
	return 0;
}
