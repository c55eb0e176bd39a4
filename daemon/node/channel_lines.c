#include "daemon/node/channel_lines.h"

#include <assert.h>
#include <string.h>

#define KEEP_BYTES 65536 /* a buffer that grew beyond this is given back after its line */

void channel_lines_init(struct channel_lines *lines, size_t max, bool torn)
{
	assert(max >= CHANNEL_LINES_HEAD);
	*lines = (struct channel_lines){.max = max, .torn = torn};
}

void channel_lines_done(struct channel_lines *lines)
{
	str_done(&lines->half);
	*lines = (struct channel_lines){};
}

static void drop_half(struct channel_lines *lines)
{
	if (lines->half.cap > KEEP_BYTES)
		str_done(&lines->half);
	else
		str_clear(&lines->half);
	lines->ended = false;
}

/* More of a line that is too long. Its head is in `half` the first time. */
static void skip(struct channel_lines *lines, const char *data, size_t len)
{
	size_t have = lines->half.len;

	if (lines->skipped == 0) {
		if (have < CHANNEL_LINES_HEAD)
			str_append_bytes(&lines->half, data, CHANNEL_LINES_HEAD - have);
		memcpy(lines->head, lines->half.data, CHANNEL_LINES_HEAD);
		drop_half(lines);
		lines->skipped = have;
	}
	lines->skipped += len;
}

static void grow(struct channel_lines *lines, const char *data, size_t len)
{
	if (lines->torn || len == 0)
		return;
	if (lines->skipped || lines->half.len + len > lines->max)
		skip(lines, data, len);
	else
		str_append_bytes(&lines->half, data, len);
}

/* The line under way has got its newline. */
static struct channel_line end_line(struct channel_lines *lines)
{
	struct channel_line line = {.text = "", .torn = lines->torn};

	if (lines->skipped) {
		line.text = lines->head;
		line.len = CHANNEL_LINES_HEAD;
		line.too_long = lines->skipped;
	} else if (!lines->torn) {
		line.text = str_cstr(&lines->half);
		line.len = lines->half.len;
	}
	lines->skipped = 0;
	lines->torn = false;
	return line;
}

bool channel_lines_next(struct channel_lines *lines, const char **data, size_t *len,
			struct channel_line *ret)
{
	const char *newline = *len ? memchr(*data, '\n', *len) : NULL;
	size_t part;

	if (!newline)
		return false;
	if (lines->ended)
		drop_half(lines);
	part = (size_t)(newline - *data);
	if (!channel_lines_half(lines) && part <= lines->max) {
		*ret = (struct channel_line){.text = *data, .len = part};
	} else {
		grow(lines, *data, part);
		*ret = end_line(lines);
		lines->ended = true;
	}
	*data += part + 1;
	*len -= part + 1;
	return true;
}

void channel_lines_keep(struct channel_lines *lines, const char *data, size_t len)
{
	if (lines->ended)
		drop_half(lines);
	grow(lines, data, len);
}

bool channel_lines_half(const struct channel_lines *lines)
{
	return lines->torn || lines->skipped || (lines->half.len > 0 && !lines->ended);
}
