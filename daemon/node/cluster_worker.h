/* cluster_worker: a worker as the cluster primary sees it, and the one handle that is under way to
 * it. Part of cluster_primary, which alone uses it; others keep a pointer and a record. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define CLUSTER_WORKER_HANDLES 128 /* that may wait for their turn */

struct cluster_primary;

enum cluster_worker_flag {
	CLUSTER_WORKER_ONLINE = 1,   /* its script is about to run */
	CLUSTER_WORKER_TOLD = 2,     /* we told it to leave */
	CLUSTER_WORKER_LEAVING = 4,  /* it leaves by itself: not a crash */
	CLUSTER_WORKER_DRAINS = 8,   /* the preload is there: disconnect loses nothing */
	CLUSTER_WORKER_ADMITTED = 16 /* cluster_primary_give() may choose it */
};

/* What the next engine must know; plain memory, all zero but `id` for a new worker. */
struct cluster_worker_record {
	uint32_t id;	    /* NODE_UNIQUE_ID; not 0 */
	uint32_t flags;	    /* enum cluster_worker_flag */
	uint64_t members;   /* one bit a server, by its place: it asked for it */
	uint64_t listening; /* and listens */
	int64_t next_seq;   /* behind its last cluster message */
};

/* A line with a descriptor: an answer, which may wait for its turn, or a connection. */
struct cluster_worker_handle {
	struct cluster_worker_handle *next;
	uint32_t server; /* its number */
	int64_t ack;	 /* the seq of the question */
	bool connection;
	unsigned tries;
};

struct cluster_worker {
	struct cluster_worker *next;
	struct cluster_primary *primary;
	struct cluster_worker_record *record;
	void *owner;
	bool adopted; /* and no cluster message of it was seen yet */
	bool stuck;
	struct cluster_worker_handle *first, **last; /* the first is under way */
	unsigned handles;
	/* the connection it was given and has not yet taken; -1: none */
	int connection_fd;
	int64_t connection_seq;
	uint32_t connection_server; /* its number */
	int64_t backoff_until_ms;   /* its descriptors had run out */
};

/* Add a line to those that wait; -ENOBUFS. */
int cluster_worker_push(struct cluster_worker *worker, const struct cluster_worker_handle *handle);

/* Forget the first, or all. */
void cluster_worker_pop(struct cluster_worker *worker);
void cluster_worker_pop_all(struct cluster_worker *worker);
