/* job: what the main loop and the pump's threads tell each other, and the queue it travels in.
 *
 * A job goes to a thread as an order and comes back as the same object when it is done; a notice
 * goes one way. The queue is safe between threads; waking the other side is the caller's. */
#pragma once
#include <pthread.h>

#include "daemon/log/log.h"

struct stream;

enum job_kind {
	JOB_OPEN,
	JOB_CONFIGURE,
	JOB_DRAIN,
	JOB_CLOSE,
	JOB_REOPEN,
	JOB_FLUSH,
	JOB_QUIT,
	JOB_NOTICE
};

struct job {
	enum job_kind kind;
	struct stream *stream;	   /* OPEN, CONFIGURE, DRAIN, CLOSE, NOTICE */
	struct log_config *config; /* CONFIGURE; owned */
	char *text;		   /* FLUSH: the path; NOTICE: the detail; owned */
	int event;		   /* NOTICE: EVENT_LOG_* */
	log_fn fn;
	void *owner;
	struct job *next;
};

struct job_queue {
	pthread_mutex_t lock;
	struct job *first, **last;
};

/* `text` and the rest are the caller's to fill in. Never NULL. */
struct job *job_create(enum job_kind kind, struct stream *stream, log_fn fn, void *owner);
void job_destroy(struct job *job); /* accepts NULL */

void job_queue_init(struct job_queue *queue);
void job_queue_done(struct job_queue *queue); /* jobs that are left are destroyed */

/* Append `job`, which the queue owns from here on. */
void job_queue_push(struct job_queue *queue, struct job *job);

/* Take all jobs, oldest first, linked by `next`; NULL if there are none. */
struct job *job_queue_take(struct job_queue *queue);

/* A deep copy, a second path that is the first one left out; free with job_config_free(), which
 * accepts NULL. */
struct log_config *job_config_copy(const struct log_config *config);
void job_config_free(struct log_config *config);
