/* channel: Node's IPC channel to one process, on the loop: a line of JSON each way, descriptors
 * towards the process.
 *
 * Never blocks and never ends by what comes in: lines that are too long are skipped and told, a
 * process that does not read has a bounded queue and is not read from while much of it waits.
 * Descriptors that the process sends are dropped by the kernel: none ever enters our table. What
 * the lines say is node_message's and cluster_primary's business.
 *
 * The socket outlives the engine (the keeper holds it). A line leaves the kernel only after the
 * owner was given it, so an engine that dies before loses none; `channel_mark`, in memory that the
 * next engine sees, says how far this one came. Lost is only what it had taken in part: a line
 * longer than the kernel's buffer, or one that was written in pieces.
 * Source: Node's lib/internal/child_process.js speaks the other side. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "daemon/loop/handles.h"
#include "daemon/node/channel_lines.h"
#include "daemon/node/channel_queue.h"

#define CHANNEL_LINE_MAX (1u << 20) /* of a line that comes in */

struct pmc_error;

/* What the next engine must know; all zero for a new channel. */
struct channel_mark {
	_Atomic uint32_t in_line;     /* the socket goes on in the middle of a line */
	_Atomic uint32_t torn;	      /* half a line of ours is out: nothing more may be written */
	_Atomic uint32_t taken_bytes; /* at the front of the socket: handed to the owner already, */
	uint32_t spare;
	_Atomic uint64_t taken_hash; /* if these are still the bytes there */
};

struct channel;

struct channel_ops {
	/* A line, without its newline, not NUL-terminated; valid during the call. May be given
	 * again to the next engine, if this one dies during the call. */
	void (*line)(struct channel *ch, const char *line, size_t len);
	/* A line of `bytes` was too long and is lost, or (0) the end of one that an earlier engine
	 * began to read; `head` is how it began. */
	void (*lost)(struct channel *ch, const char *head, size_t len, uint64_t bytes);
	/* The process has closed its side: nothing more comes. Once, never from channel_open(). */
	void (*ended)(struct channel *ch);
};

struct channel {
	void *owner;
	const struct channel_ops *ops;
	struct channel_mark *mark, own_mark;
	int fd;
	bool ended, closing, reading, broken;
	struct channel_lines lines;
	struct channel_queue queue;
	struct handles handles;
	uv_poll_t poll;
	uv_timer_t again;
	void (*on_closed)(void *owner);
};

/* Make the socket: our end non-blocking, both close-on-exec. 0 or negative errno. */
int channel_pair(int *ret_ours, int *ret_process);

/* Read and write `fd`, which it owns from then on if it succeeds. `mark` (NULL: none is kept) must
 * outlive the channel; if it is not zero, an earlier engine's work is taken up. */
int channel_open(struct channel *ch, uv_loop_t *loop, int fd, struct channel_mark *mark,
		 const struct channel_ops *ops, void *owner, struct pmc_error *err);

/* Send one line, newline included: JSON without raw newlines, for Node dies of anything else. `fd`
 * (-1: none) goes with it, is made non-blocking and stays the caller's. Returns at once. Errors as
 * channel_queue_send(), and -EPIPE when the process has closed its side or an earlier engine left
 * half a line (then the process must be replaced). Never calls the owner. */
int channel_send(struct channel *ch, const char *line, size_t len, int fd);

/* Hand out what has already come, without waiting, so that the last words of a process that ended
 * are not lost. Not from within `ops`. */
void channel_drain(struct channel *ch);

/* Is it of no use any more, though open: an earlier engine left half a line? */
bool channel_broken(const struct channel *ch);

/* Close it; the owner is not called any more, but `on_closed` in a later turn, when the memory may
 * go. The process sees the end only when the keeper has let go of its copy, too. */
void channel_close(struct channel *ch, void (*on_closed)(void *owner));
