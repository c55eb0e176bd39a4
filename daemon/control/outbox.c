#include "daemon/control/outbox.h"

#include <malloc.h>

#include "shared/base/clock.h"
#include "shared/base/mem.h"

/* After a line this long (ten thousand events) the allocator gives back what making it took. */
#define LARGE_BYTES (256 << 10)

struct outgoing {
	uv_write_t write;
	struct outbox *outbox;
	char *line;
	size_t len;
};

size_t outbox_waiting(const struct outbox *outbox)
{
	return uv_stream_get_write_queue_size(outbox->stream);
}

/* libuv keeps the memory of a stream until the last of these came, with UV_ECANCELED at its end. */
static void on_written(uv_write_t *write, int status)
{
	struct outgoing *out = container_of(write, struct outgoing, write);
	struct outbox *outbox = out->outbox;
	bool large = out->len >= LARGE_BYTES;

	free(out->line);
	free(out);
	if (large)
		malloc_trim(0);
	outbox->on_written(outbox->owner, status);
}

int outbox_send(struct outbox *outbox, char *line, size_t len)
{
	struct outgoing *out = mem_zalloc(sizeof(*out));
	uv_buf_t buf = uv_buf_init(line, (unsigned)len);
	bool was_empty = outbox_waiting(outbox) == 0;
	int r;

	out->outbox = outbox;
	out->line = line;
	out->len = len;
	outbox->sent += len;
	r = uv_write(&out->write, outbox->stream, &buf, 1, on_written);
	if (r < 0) {
		free(line);
		free(out);
		return r;
	}
	if (was_empty) {
		outbox->taken_seen = outbox->sent - outbox_waiting(outbox);
		outbox->taken_since_ms = clock_now_ms();
	}
	return 0;
}

int64_t outbox_stalls_ms(struct outbox *outbox, int limit_ms)
{
	size_t waiting = outbox_waiting(outbox);

	if (waiting == 0)
		return INT64_MAX;
	if (outbox->sent - waiting != outbox->taken_seen) {
		outbox->taken_seen = outbox->sent - waiting;
		outbox->taken_since_ms = clock_now_ms();
	}
	return outbox->taken_since_ms + limit_ms;
}
