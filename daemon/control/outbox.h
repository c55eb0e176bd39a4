/* outbox: lines on their way to one client, and whether it takes them.
 *
 * A thin layer over a libuv stream: what the socket does not take at once waits in memory; how much
 * may wait is its owner's decision. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct outbox {
	uv_stream_t *stream;
	/* A line left, or (status < 0) the client is gone; never called from inside outbox_send().
	 */
	void (*on_written)(void *owner, int status);
	void *owner;
	size_t sent;		/* bytes ever put in */
	size_t taken_seen;	/* of these taken when somebody last looked */
	int64_t taken_since_ms; /* when that became so */
};

/* Send one line (malloc'ed, owned from here on). A negative errno: the connection is of no use any
 * more. */
int outbox_send(struct outbox *outbox, char *line, size_t len);

/* Bytes the client has not taken yet. */
size_t outbox_waiting(const struct outbox *outbox);

/* When, on the monotonic clock, it is `limit_ms` ago that the client took a byte of what waits;
 * INT64_MAX: nothing waits. */
int64_t outbox_stalls_ms(struct outbox *outbox, int limit_ms);
