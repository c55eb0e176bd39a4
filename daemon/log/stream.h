/* stream: what one app says on stdout or stderr, on its way through a pump.
 *
 * Raw when nothing has to be added and the file is ours alone: pipe to file by splice. Else through
 * a spool and one sink a file. Decides when to look again, when a disk that does not take bytes is
 * a stall, and what draining means. All functions run on the pump's thread. */
#pragma once
#include "daemon/log/pump.h"
#include "daemon/log/sink.h"
#include "daemon/log/spool.h"

struct stream {
	/* set before it is handed to the thread */
	struct pump *pump;
	struct log_stream_state *state;
	struct log_config *config; /* owned */
	int slot, which, pipe_fd;
	/* what came out of the pipe is in the files, to the end of a line; set before it is handed
	 * over if nothing did, then by the thread: before it takes a byte, and when there was none
	 */
	atomic_bool quiet;
	/* the thread's */
	struct log_config *next_config; /* takes effect between two batches; owned */
	size_t pipe_bytes;
	bool begun; /* what an earlier engine left is taken over */
	bool raw;
	bool blocked;		/* another stream's unfinished batch is in the way */
	bool told;		/* a stall was told, its end not yet */
	bool gap_may_be_marked; /* the engine before us may have written the marker already */
	int stall_error;	/* negative errno; 0: all is well */
	uint64_t stalled_ns, failed_ns; /* since when; when last */
	uint64_t retry_ns;		/* not before that: the sink failed; 0: now */
	uint64_t pause_ns;		/* not before that: let small writes gather; 0: now */
	uint64_t wake_ns;		/* the pump gives it a turn then; 0: never */
	uint64_t taken_ns;		/* when bytes were last taken from the pipe */
	uint64_t rate;			/* of its writer, bytes a millisecond */
	struct job *drains;		/* to be answered */
	struct job *close;
	size_t drain_left; /* bytes of the dead process in the pipe */
	bool drain_begun, drain_stuck, line_ended;
	size_t accounted; /* of pump_shared.spooled */
	struct spool spool;
	struct sink sink[LOG_SINKS];
	struct stream *next, *next_ready, *next_timed, **prev_timed;
	bool is_ready;
};

/* Take up where an earlier engine left off, or begin. */
void stream_open(struct stream *stream);

/* Takes over `config`. */
void stream_configure(struct stream *stream, struct log_config *config);

/* See log_stream_drain(); the job comes back when it is done. */
void stream_drain(struct stream *stream, struct job *job);

/* See log_stream_close(). */
void stream_close(struct stream *stream, struct job *job);

/* Its turn: move some, and say when the next one is. */
void stream_step(struct stream *stream, uint64_t now_ns);

/* Has its pipe nothing, and is all that came out of it written? Then a drain has nothing to do. May
 * be asked on any thread. */
bool stream_is_quiet(struct stream *stream);

/* Free what the thread holds of it, without a word to anybody (the daemon ends). */
void stream_done(struct stream *stream);

/* Is it stopped by something that passes by itself: a fifo that is full, a log that was just
 * removed? */
bool stream_is_held_up(const struct stream *stream, uint64_t now_ns);

/* For the other parts of a stream: */

/* Tell a person; `detail` is owned from here on. */
void stream_notice(struct stream *stream, int event, char *detail);

/* Nothing can be written to `path` (NULL: to the spool) now: try again later, and tell it once. */
void stream_stall(struct stream *stream, int error, const char *path, uint64_t now_ns);
