/* pump: a thread that moves bytes for all streams of one file system.
 *
 * Owns an epoll, the list of its streams and of the files they write to, and the buffers they
 * share. Sleeps without a time-out unless a stream asked for one. What a stream does in its turn is
 * stream's business. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "daemon/log/job.h"
#include "shared/base/str.h"

struct sink_file;
struct stream;

struct pump_shared { /* of all pumps */
	int shm_dir_fd;
	atomic_size_t spooled; /* bytes in all spools */
	/* Hand a job to the main loop, from any thread. */
	void (*post)(struct pump_shared *shared, struct job *job);
	/* Somebody looks whether the turns come to an end (hang); false: `watch` asks for it. */
	atomic_bool watched;
	void (*watch)(struct pump_shared *shared);
};

struct pump {
	struct pump_shared *shared;
	unsigned long mount; /* which file system */
	bool started;
	unsigned unrung; /* orders since the thread was last woken */
	struct job_queue jobs;
	/* written by the thread: since when it has been busy with one stream (which may be NULL);
	 * 0: it is not */
	_Atomic uint64_t turn_ns;
	struct stream *_Atomic turn;
	/* the rest belongs to the thread */
	pthread_t thread;
	int epoll_fd, wake_fd, null_fd;
	int scratch[2]; /* a pipe to look at bytes without taking them; -1 until needed */
	bool quit, no_pwait2;
	struct stream *streams;
	struct stream *ready, **ready_last; /* whose turn it is */
	struct stream *timed;		    /* who has a turn at a certain time */
	struct sink_file *files;
	char *window; /* FORMAT_WINDOW bytes; NULL until needed */
	struct str text;
};

/* Not yet running: orders wait. */
struct pump *pump_create(struct pump_shared *shared, unsigned long mount);

/* Orders given before this are carried out together, before any byte is moved. 0 or negative errno:
 * then it may be tried again. */
int pump_start(struct pump *pump);

/* Give an order; the pump owns it. It is carried out after the next pump_ring(), or before. */
void pump_send(struct pump *pump, struct job *job);

/* Wake the thread if it was given orders. */
void pump_ring(struct pump *pump);

/* End the thread after what it is doing, waiting for it at most `timeout_ms`. One that does not end
 * (its disk hangs) is left alone with its memory: returns false, and nothing of it may be freed. */
bool pump_quit(struct pump *pump, int timeout_ms);

/* Free it, its streams excepted, after pump_quit() or if it never started. */
void pump_destroy(struct pump *pump);

/* For streams, on the thread: */

/* Give it a turn in this round. */
void pump_ready(struct pump *pump, struct stream *stream);

/* Give it a turn when its pipe has something, once. False: the kernel refused, try again later. */
bool pump_arm(struct pump *pump, struct stream *stream);

/* Give it a turn at `ns` of the monotonic clock; 0: never mind. */
void pump_wake_at(struct pump *pump, struct stream *stream, uint64_t ns);

/* Give a turn to all streams that write to `file`. */
void pump_ready_file(struct pump *pump, const struct sink_file *file);

/* It belongs to the pump: it gets turns. */
void pump_add(struct pump *pump, struct stream *stream);
/* It gets no more turns. */
void pump_remove(struct pump *pump, struct stream *stream);

/* A buffer of FORMAT_WINDOW bytes that all streams share: nothing in it outlives a turn. */
char *pump_window(struct pump *pump);
