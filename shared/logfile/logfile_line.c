#include "shared/logfile/logfile_line.h"

#include <string.h>

void logfile_line_splitter_done(struct logfile_line_splitter *splitter)
{
	str_done(&splitter->pending);
}

static void deliver(struct logfile_line_splitter *splitter, const char *text, size_t len, bool open)
{
	struct logfile_line line = {
		.text = text,
		.len = len,
		.continued = splitter->continued,
		.open = open,
	};

	splitter->continued = open;
	splitter->fn(splitter->owner, splitter->tag, &line);
}

/* One line or the rest of one, with what waited in front of it. */
static void deliver_end(struct logfile_line_splitter *splitter, const char *text, size_t len)
{
	if (splitter->pending.len == 0) {
		deliver(splitter, text, len, false);
		return;
	}
	str_append_bytes(&splitter->pending, text, len);
	deliver(splitter, splitter->pending.data, splitter->pending.len, false);
	str_clear(&splitter->pending);
}

/* `len` bytes without a newline: keep them, or pass on a whole piece. */
static void keep(struct logfile_line_splitter *splitter, const char *text, size_t len)
{
	str_append_bytes(&splitter->pending, text, len);
	if (splitter->pending.len < LOGFILE_PIECE_MAX)
		return;
	deliver(splitter, splitter->pending.data, splitter->pending.len, true);
	str_clear(&splitter->pending);
}

void logfile_line_feed(struct logfile_line_splitter *splitter, const char *bytes, size_t len)
{
	const char *end = bytes + len;

	while (bytes < end) {
		size_t room = LOGFILE_PIECE_MAX - splitter->pending.len;
		size_t left = (size_t)(end - bytes);
		size_t part = left < room ? left : room;
		const char *newline = memchr(bytes, '\n', part);

		if (newline) {
			deliver_end(splitter, bytes, (size_t)(newline - bytes));
			bytes = newline + 1;
		} else {
			keep(splitter, bytes, part);
			bytes += part;
		}
	}
}

bool logfile_line_is_pending(const struct logfile_line_splitter *splitter)
{
	return splitter->pending.len > 0;
}

void logfile_line_flush(struct logfile_line_splitter *splitter, bool open)
{
	if (splitter->pending.len == 0 && (open || !splitter->continued))
		return;
	deliver(splitter, str_cstr(&splitter->pending), splitter->pending.len, open);
	str_clear(&splitter->pending);
}
