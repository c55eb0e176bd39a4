/* channel_queue: lines that wait for the other side of a channel, in order, each with at most one
 * descriptor.
 *
 * Knows the socket, not the loop. A line goes out whole, or not at all, as long as it is no longer
 * than CHANNEL_QUEUE_LINE_MAX: an engine that dies leaves no half of a line behind, which would
 * kill a Node worker as soon as the next one wrote to it. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHANNEL_QUEUE_LINE_MAX                                                                     \
	(128u << 10) /* what a socket takes whole once poll says it is writable */
#define CHANNEL_QUEUE_BYTES_MAX (1u << 20)
#define CHANNEL_QUEUE_FDS_MAX 64

struct channel_queue_line;

struct channel_queue {
	struct channel_queue_line *first, **last;
	size_t bytes; /* of all that wait */
	unsigned fds;
	_Atomic uint32_t *torn; /* set while half a line is out; see struct channel_mark */
};

void channel_queue_init(struct channel_queue *queue, _Atomic uint32_t *torn);
void channel_queue_done(struct channel_queue *queue);

/* Write a line (its newline included), or let it wait behind the others. `fd` (-1: none) is made
 * non-blocking, as Node needs it, and stays the caller's: a line that waits has a copy. Errors,
 * after which nothing is kept: -EMSGSIZE for a line that is too long, -ENOBUFS when too much
 * waits, -EPIPE when nobody is there to read, errno of fcntl(). */
int channel_queue_send(struct channel_queue *queue, int sock, const char *line, size_t len, int fd);

/* Write what waits. 0: nothing waits any more, -EAGAIN: wait until the socket is writable,
 * -ETOOMANYREFS: the kernel has too many descriptors of ours under way, try again in a moment,
 * -EPIPE: nobody is there; nothing waits any more. */
int channel_queue_flush(struct channel_queue *queue, int sock);
