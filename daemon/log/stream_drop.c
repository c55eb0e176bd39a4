#include "daemon/log/stream_drop.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bus/event.h"
#include "daemon/log/format.h"
#include "daemon/log/log_record.h"
#include "daemon/log/stream.h"
#include "shared/base/error.h"
#include "shared/base/units.h"

/* log_stream_state.spare: 1: the gap is inside a line; 2: why it began, an errno */
#define SPARE_MID_LINE 1
#define SPARE_ERROR 2

bool stream_drop_in_gap(const struct stream *stream)
{
	return log_record_get(&stream->state->sink[0]).drop_bytes > 0;
}

/* Copy what is in the pipe, and leave it there. */
static ssize_t peek(struct stream *stream, char *buf, size_t cap)
{
	struct pump *pump = stream->pump;
	ssize_t n, got = 0;

	if (pump->scratch[0] < 0 && pipe2(pump->scratch, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	n = tee(stream->pipe_fd, pump->scratch[1], cap, SPLICE_F_NONBLOCK);
	if (n < 0)
		return -errno;
	while (got < n) {
		ssize_t r = read(pump->scratch[0], buf + got, (size_t)(n - got));

		if (r <= 0)
			return r < 0 ? -errno : -EIO;
		got += r;
	}
	return n;
}

static unsigned count_lines(const char *bytes, size_t len)
{
	unsigned lines = 0;

	for (const char *at = bytes; (at = memchr(at, '\n', (size_t)(bytes + len - at))); at++)
		lines++;
	return lines;
}

/* Count, then take. */
static ssize_t take(struct stream *stream, char *buf, size_t len)
{
	struct log_record record = log_record_get(&stream->state->sink[0]);
	ssize_t n;

	record.drop_lines += count_lines(buf, len);
	record.drop_bytes += len;
	stream->state->spare[SPARE_MID_LINE] = buf[len - 1] != '\n';
	log_record_put(&stream->state->sink[0], &record);
	n = read(stream->pipe_fd, buf, len);
	return n < 0 ? -errno : n;
}

ssize_t stream_drop_some(struct stream *stream)
{
	char *buf = pump_window(stream->pump);
	ssize_t n = peek(stream, buf, FORMAT_WINDOW);

	if (n <= 0)
		return n < 0 ? n : -EAGAIN;
	if (!stream_drop_in_gap(stream))
		stream->state->spare[SPARE_ERROR] = (uint64_t)-stream->stall_error;
	return take(stream, buf, (size_t)n);
}

static void append_grouped(struct str *out, unsigned value)
{
	if (value >= 1000) {
		append_grouped(out, value / 1000);
		str_appendf(out, ",%03u", value % 1000);
	} else {
		str_appendf(out, "%u", value);
	}
}

void stream_drop_marker(struct str *out, unsigned lines, unsigned long long bytes, int error)
{
	bool no_space = error == 0 || error == ENOSPC || error == EDQUOT || error == EFBIG;

	str_append(out, "[pmc: ");
	append_grouped(out, lines);
	str_append(out, lines == 1 ? " line (" : " lines (");
	units_human_size(out, (int64_t)bytes);
	str_appendf(out, ") dropped: %s]\n", no_space ? "no space" : pmc_error_text(error));
}

/* Did the engine before us put this marker there and die before it could forget the gap? */
static bool is_marked(struct stream *stream, const struct str *marker)
{
	char tail[256];

	if (!stream->gap_may_be_marked || marker->len > sizeof(tail) ||
	    stream->spool.size < marker->len)
		return false;
	return spool_read(&stream->spool, stream->spool.size - marker->len, tail, marker->len) ==
		       (ssize_t)marker->len &&
	       memcmp(tail, marker->data, marker->len) == 0;
}

static int mark(struct stream *stream)
{
	struct log_record record = log_record_get(&stream->state->sink[0]);
	_cleanup_(str_done) struct str marker = {};
	unsigned lines = record.drop_lines + (stream->state->spare[SPARE_MID_LINE] ? 1 : 0);
	int r = 0;

	stream_drop_marker(&marker, lines, record.drop_bytes,
			   (int)stream->state->spare[SPARE_ERROR]);
	if (!is_marked(stream, &marker)) {
		_cleanup_(str_done) struct str text = {};

		if (!spool_ends_line(&stream->spool, !(record.in_line & LOG_RECORD_IN_LINE)))
			str_append_char(&text, '\n');
		str_append_bytes(&text, marker.data, marker.len);
		r = spool_append(&stream->spool, text.data, text.len);
	}
	if (r < 0)
		return r;
	stream->gap_may_be_marked = false;
	record.drop_lines = 0;
	record.drop_bytes = 0;
	log_record_put(&stream->state->sink[0], &record);
	struct job *job = job_create(JOB_NOTICE, stream, NULL, NULL);

	job->event = EVENT_LOG_DROPPED;
	job->text = mem_strndup(marker.data, marker.len - 1);
	stream->pump->shared->post(stream->pump->shared, job);
	return 0;
}

ssize_t stream_drop_finish(struct stream *stream)
{
	ssize_t dropped = 0;
	int r;

	if (stream->state->spare[SPARE_MID_LINE] && !stream->drains) {
		char *buf = pump_window(stream->pump);
		ssize_t n = peek(stream, buf, FORMAT_WINDOW);
		const char *newline;

		if (n <= 0)
			return n < 0 ? n : -EAGAIN;
		newline = memchr(buf, '\n', (size_t)n);
		dropped = take(stream, buf, newline ? (size_t)(newline + 1 - buf) : (size_t)n);
		if (dropped < 0 || !newline)
			return dropped;
	}
	r = mark(stream);
	return r < 0 ? r : dropped;
}
