#include "daemon/log/sink.h"

#include <errno.h>

#include "daemon/log/format.h"
#include "daemon/log/log_record.h"
#include "daemon/log/recover.h"
#include "daemon/log/sink_file.h"
#include "daemon/log/spool.h"
#include "shared/base/clock.h"

#define BREAK_MARK " [pmc: this line goes on below]"

bool sink_has_pending(const struct sink *sink, const struct spool *spool)
{
	return sink->file && log_record_get(sink->state).spool_done < spool->size;
}

void sink_begin_at(struct sink *sink, uint64_t spool_offset, bool in_line)
{
	struct log_record record = log_record_get(sink->state);

	record.spool_done = spool_offset;
	record.batch_len = record.batch_off = 0;
	record.in_line = in_line ? LOG_RECORD_IN_LINE : 0;
	log_record_put(sink->state, &record);
	sink->line_since_ns = 0;
	sink->recovering = false;
}

void sink_give_up(struct sink *sink)
{
	if (sink->file && sink->file->busy == sink)
		sink->file->busy = NULL;
	if (sink->file && sink->file->line_owner == sink)
		sink->file->line_owner = NULL;
}

/* Its line is broken here; what follows of it begins as a new line. */
static void end_line_of(const struct sink *owner)
{
	struct log_record record = log_record_get(owner->state);

	record.in_line = 0;
	log_record_put(owner->state, &record);
}

/* How must the text begin so that it does not continue somebody else's line? */
static uint32_t choose_begin(struct sink *sink, uint32_t in_line, uint64_t size)
{
	const struct sink *owner = sink->file->line_owner;
	bool ours = owner == sink || (!owner && in_line);

	if (ours || sink_file_at_line_start(sink->file, size))
		return in_line;
	if (!owner)
		return LOG_RECORD_NEWLINE | (in_line & LOG_RECORD_IN_LINE);
	end_line_of(owner);
	sink->file->line_owner = NULL;
	return LOG_RECORD_BREAK | (in_line & LOG_RECORD_IN_LINE);
}

static bool wants_whole_lines(const struct sink *sink, const struct sink_turn *turn)
{
	bool shared = turn->config->shared || sink->file->users > 1;

	return shared && !turn->hurry &&
	       !(sink->line_since_ns && turn->now_ns - sink->line_since_ns >= SINK_LINE_NS);
}

/* Choose the next batch and record it. SINK_MORE: it is under way now. */
static enum sink_result begin_batch(struct sink *sink, const struct sink_turn *turn,
				    struct log_record *record, uint64_t size, int *ret_error)
{
	ssize_t n = spool_read(turn->spool, record->spool_done, turn->window, FORMAT_WINDOW);
	size_t len;

	if (n < 0) {
		*ret_error = (int)n;
		return SINK_FAILED;
	}
	len = format_choose(turn->config, turn->window, (size_t)n,
			    record->in_line & LOG_RECORD_IN_LINE, wants_whole_lines(sink, turn));
	if (len == 0) {
		if (!sink->line_since_ns && !turn->config->json)
			sink->line_since_ns = turn->now_ns;
		return SINK_WAITING;
	}
	record->batch_len = (uint32_t)len;
	record->batch_off = 0;
	record->batch_us = (uint64_t)clock_wall_us();
	record->log_off = size;
	record->ino = sink->file->ino;
	record->btime_ns = sink->file->btime_ns;
	record->in_line = choose_begin(sink, record->in_line & LOG_RECORD_IN_LINE, size);
	log_record_put(sink->state, record);
	return SINK_MORE;
}

/* The text of the batch under way; returns the new in_line. */
static uint32_t make_text(const struct sink_turn *turn, const struct log_record *record)
{
	bool in_line = record->in_line & LOG_RECORD_IN_LINE;

	str_clear(turn->text);
	if (record->in_line & LOG_RECORD_BREAK)
		str_append(turn->text, BREAK_MARK);
	if (record->in_line & (LOG_RECORD_BREAK | LOG_RECORD_NEWLINE))
		str_append_char(turn->text, '\n');
	in_line = format_text(turn->config, turn->window, record->batch_len, in_line,
			      record->batch_us, turn->text);
	return in_line ? LOG_RECORD_IN_LINE : 0;
}

/* A batch was begun earlier: find out where its text goes on. The offset of the text's begin may
 * lie before the begin of the file (it wraps) after the file was emptied or changed in the middle
 * of it. */
static int resume_batch(struct sink *sink, const struct sink_turn *turn, struct log_record *record,
			uint64_t size)
{
	struct sink_file *file = sink->file;
	uint64_t at = record->log_off + record->batch_off;
	bool same = file->regular && record->ino == file->ino &&
		    record->btime_ns == file->btime_ns && at <= size;

	if (record->batch_off > turn->text->len)
		record->batch_off =
			(uint32_t)turn->text->len; /* another format than the dead engine's */
	if (same && sink->recovering) {
		ssize_t n = recover_written(file->fd, at, turn->text->data + record->batch_off,
					    turn->text->len - record->batch_off);

		if (n < 0)
			return (int)n;
		record->batch_off += (uint32_t)n;
	}
	sink->recovering = false;
	if (same)
		return 0;
	record->ino = file->ino;
	record->btime_ns = file->btime_ns;
	record->log_off = size - record->batch_off;
	log_record_put(sink->state, record);
	return 0;
}

/* Append what is missing of the text. 0 or negative errno; what was written is in `record`. */
static int write_text(struct sink *sink, const struct str *text, struct log_record *record,
		      uint64_t size)
{
	while (record->batch_off < text->len) {
		ssize_t n = sink_file_append(sink->file, text->data + record->batch_off,
					     text->len - record->batch_off, size);

		if (n == -EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? (int)n : -ENOSPC;
		record->batch_off += (uint32_t)n;
		size += (uint64_t)n;
	}
	return 0;
}

static void end_batch(struct sink *sink, struct log_record *record, uint32_t in_line,
		      bool unfinished)
{
	record->spool_done += record->batch_len;
	record->batch_len = record->batch_off = 0;
	record->in_line = in_line;
	log_record_put(sink->state, record);
	sink->file->busy = NULL;
	sink->file->line_owner = unfinished ? sink : NULL;
	sink->line_since_ns = 0;
}

/* Begin a batch, or take up the one that was under way. Leaves its bytes in the window. */
static enum sink_result take_batch(struct sink *sink, const struct sink_turn *turn,
				   struct log_record *record, uint64_t size, uint32_t *ret_in_line,
				   int *ret_error)
{
	bool begun = record->batch_len > 0;
	ssize_t n;

	if (!begun) {
		enum sink_result result = begin_batch(sink, turn, record, size, ret_error);

		if (result != SINK_MORE)
			return result;
	} else {
		n = spool_read(turn->spool, record->spool_done, turn->window, record->batch_len);
		if (n != (ssize_t)record->batch_len) {
			*ret_error = n < 0 ? (int)n : -EIO;
			return SINK_FAILED;
		}
	}
	*ret_in_line = make_text(turn, record);
	*ret_error = begun ? resume_batch(sink, turn, record, size) : 0;
	return *ret_error < 0 ? SINK_FAILED : SINK_MORE;
}

enum sink_result sink_run(struct sink *sink, const struct sink_turn *turn, int *ret_error)
{
	struct log_record record = log_record_get(sink->state);
	struct sink_file *file = sink->file;
	enum sink_result result;
	uint32_t in_line;
	uint64_t size;
	int r;

	if (record.spool_done >= turn->spool->size)
		return SINK_DONE;
	if (file->busy && file->busy != sink) {
		file->waited = true;
		return SINK_BUSY;
	}
	r = sink_file_ready(turn->files, file, turn->now_ns, &size);
	if (r < 0) {
		*ret_error = r;
		return SINK_FAILED;
	}
	if (file->null_device) {
		sink_begin_at(sink, turn->spool->size, false);
		return SINK_DONE;
	}
	result = take_batch(sink, turn, &record, size, &in_line, ret_error);
	if (result != SINK_MORE)
		return result;
	file->busy = sink;
	r = write_text(sink, turn->text, &record, size);
	if (r < 0) {
		log_record_put(sink->state, &record);
		*ret_error = r;
		return SINK_FAILED;
	}
	end_batch(sink, &record, in_line,
		  turn->text->len > 0 && turn->text->data[turn->text->len - 1] != '\n');
	return SINK_MORE;
}
