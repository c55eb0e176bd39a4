#include "shared/ipc/frame.h"

#include <errno.h>
#include <string.h>

void frame_init(struct frame *frame, size_t max)
{
	*frame = (struct frame){.max = max};
}

void frame_done(struct frame *frame)
{
	str_done(&frame->buf);
	*frame = (struct frame){};
}

/* How long the line under way is after these bytes; -EMSGSIZE when one of their lines is too long.
 */
static int measure(const struct frame *frame, const char *data, size_t len, size_t *ret_partial)
{
	size_t partial = frame->partial;

	for (;;) {
		const char *newline = memchr(data, '\n', len);
		size_t part = newline ? (size_t)(newline - data) : len;

		if (partial + part >= frame->max)
			return -EMSGSIZE;
		if (!newline) {
			*ret_partial = partial + part;
			return 0;
		}
		partial = 0;
		data += part + 1;
		len -= part + 1;
	}
}

/* Lines that were handed out are dropped when that moves little. */
static void forget_handed_out(struct frame *frame)
{
	size_t left = frame->buf.len - frame->start;

	if (frame->start == 0 || left > frame->start)
		return;
	str_consume(&frame->buf, frame->start);
	frame->start = 0;
}

int frame_feed(struct frame *frame, const char *data, size_t len)
{
	size_t partial;
	int r;

	if (len == 0)
		return 0;
	if (memchr(data, '\0', len))
		return -EBADMSG;
	r = measure(frame, data, len, &partial);
	if (r < 0)
		return r;
	forget_handed_out(frame);
	str_append_bytes(&frame->buf, data, len);
	frame->partial = partial;
	return 0;
}

const char *frame_next(struct frame *frame, size_t *ret_len)
{
	size_t known = frame->start + frame->scanned;
	char *line, *newline = NULL;

	if (known < frame->buf.len)
		newline = memchr(frame->buf.data + known, '\n', frame->buf.len - known);
	if (!newline) {
		frame->scanned = frame->buf.len - frame->start;
		return NULL;
	}
	line = frame->buf.data + frame->start;
	*newline = '\0';
	*ret_len = (size_t)(newline - line);
	frame->start += *ret_len + 1;
	frame->scanned = 0;
	return line;
}

bool frame_partial(const struct frame *frame)
{
	return frame->partial > 0;
}
