/* log: from an app's pipes into files, exactly once, whatever dies meanwhile.
 *
 * The pump runs on threads of its own, one for each file system, so that a slow disk delays neither
 * the loop nor another disk. All functions here are called on the main loop and return at once;
 * callbacks come back on the main loop. What must survive the engine is in `struct
 * log_stream_state`, which the caller keeps in memory shared with later engines.
 *
 * It does not know which app, why it died, who may read. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "shared/base/error.h"

struct handles;
struct log;
struct log_stream;

/* One sink of a formatted stream; two copies, switched by one store (`active`). All zero: a fresh
 * one. */
struct log_record {
	uint64_t spool_done;	/* spool bytes whose text is in the log */
	uint64_t log_off;	/* where the batch begins in the log */
	uint64_t ino, btime_ns; /* which file that is */
	uint64_t batch_us;	/* the batch's time stamp, wall clock */
	uint32_t batch_len;	/* spool bytes of the batch; 0: none under way */
	uint32_t batch_off;	/* bytes of its text known to be written */
	uint32_t in_line;    /* the log ends inside a line of this stream; bits of log_record.h */
	uint32_t drop_lines; /* log_full: drop: lines and bytes not yet told by a marker */
	uint64_t drop_bytes;
};

struct log_sink_state {
	_Atomic uint32_t active;
	uint32_t pad;
	struct log_record record[2];
};

#define LOG_SINKS 2 /* its own file, and the file of both streams */

struct log_stream_state {
	struct log_sink_state sink[LOG_SINKS];
	uint64_t spare[4];
};

enum log_full_policy { LOG_FULL_BLOCK, LOG_FULL_DROP };

/* What a stream shall be. Strings are copied. */
struct log_config {
	const char
		*path[LOG_SINKS]; /* absolute; NULL: no such sink. Two streams may name one file */
	const char *date_format;  /* day.js; NULL: no time stamp */
	bool json;		  /* log_type: json, one object a line */
	const char *app;	  /* for json: app_name */
	int pm_id;		  /* for json: process_id */
	bool is_err;		  /* for json: type */
	bool shared; /* another stream writes to the same file: formatted path even without a format
		      */
	enum log_full_policy full;
	uid_t uid; /* owner of files and folders that are made; (uid_t)-1: ours */
	gid_t gid;
};

struct log_callbacks {
	/* Something a person should know: EVENT_LOG_STALLED, _RESUMED, _DROPPED (an int, of
	 * ipc/events.def). `tag` is the stream's. */
	void (*on_notice)(void *owner, void *tag, int event, const char *detail);
	void *owner;
};

/* `shm_dir_fd`: where spools live (spool.SLOT.N); not owned. */
struct log *log_create(struct handles *handles, int shm_dir_fd,
		       const struct log_callbacks *callbacks);

/* Let the threads finish the batch under way and end. Blocks, at most `timeout_ms`. Accepts NULL.
 */
void log_destroy(struct log *log, int timeout_ms);

/* Make the pipe of a stream: `*ret_ours` O_RDWR|O_NONBLOCK (for the shelf and for the pump),
 * `*ret_apps` O_RDWR, blocking, an open file description of its own (for the child's stdout or
 * stderr). Both O_CLOEXEC; the caller owns both. */
int log_pipe(unsigned streams_now, int *ret_ours, int *ret_apps, struct pmc_error *err);

/* Open the app's side again from ours (for the next life of the slot). */
int log_pipe_reopen(int ours, int *ret_apps);

/* Begin (or, with a state that is not zero, go on) moving bytes from `pipe_fd` (not owned, stays
 * valid until closed). The file is opened on the pump's thread; a failure is a notice and is tried
 * again, never an error here. `slot`, `which` (0 out, 1 err) name the spool. Streams that an
 * earlier engine may have left in the middle of a batch are to be opened before the loop turns for
 * the first time: they finish it before any of them writes something new. */
struct log_stream *log_stream_open(struct log *log, int slot, int which, int pipe_fd,
				   struct log_stream_state *state, const struct log_config *config,
				   void *tag);

/* Other files or another format, between two batches. */
void log_stream_configure(struct log_stream *stream, const struct log_config *config);

typedef void (*log_fn)(void *owner);

/* The process behind it is gone: take everything out of the pipe, end an unfinished line, then call
 * `fn`. Also called when the sink is stalled (the bytes stay in pipe and spool, in order). What its
 * children write meanwhile is not waited for. */
void log_stream_drain(struct log_stream *stream, log_fn fn, void *owner);

/* Is all that the process said in its files already? Then, and when it is gone, a drain would find
 * nothing to do and need not be waited for. */
bool log_stream_is_quiet(struct log_stream *stream);

/* Drain, then let go of files and spool, and zero the state. The stream is gone when `fn` (may be
 * NULL) runs, until then notices may come. What a stalled sink does not take is lost. */
void log_stream_close(struct log_stream *stream, log_fn fn, void *owner);

/* All files closed and opened again (after an external rotation). */
void log_reopen(struct log *log);

/* Empty the regular file at `path` in place, in order with what is being written; `fn` runs when
 * done. */
void log_flush(struct log *log, const char *path, log_fn fn, void *owner);
