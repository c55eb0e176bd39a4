/* cluster_primary: the other side of Node's cluster module, for one app.
 *
 * Messages of its workers in; answers, sockets asked for and events out, through
 * cluster_primary_ops. No socket, no loop, no clock of its own: whoever owns it has the channels,
 * makes the sockets and accepts. It knows who asked for which socket and who listens, sends one
 * descriptor at a time to a worker, and takes a connection back that a worker did not want. The
 * form of the answer to the first question decides for a server: a descriptor (the worker accepts
 * by itself), or none
 * (`hands_over`: it is given each connection).
 *
 * Everything the next engine needs lies in the records of workers and servers, which the owner
 * keeps. Callbacks must not add or remove workers. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/node/cluster_server.h"
#include "daemon/node/cluster_worker.h"

#define CLUSTER_PRIMARY_SERVERS 64     /* of one app */
#define CLUSTER_PRIMARY_BACKOFF_MS 100 /* no connection for a worker without free descriptors */

struct node_message;

enum cluster_primary_event {
	CLUSTER_PRIMARY_ONLINE,	   /* the script is about to run; not ready yet */
	CLUSTER_PRIMARY_LISTENING, /* one of its servers is up; once for each */
	CLUSTER_PRIMARY_CLOSED,	   /* it closed that server */
	CLUSTER_PRIMARY_LEAVING,   /* it leaves by itself and will exit 0 */
	CLUSTER_PRIMARY_DRAINS,	   /* it has the preload */
	CLUSTER_PRIMARY_STUCK,	   /* an answer could not be given: it may wait for ever */
};

struct cluster_primary_ops {
	/* Send a line, and a descriptor (-1: none) which stays the caller's. 0 or negative errno,
	 * as channel_send(). */
	int (*send)(void *worker, const char *line, size_t len, int fd);
	/* Make what `server->record.query` asks for: bound, and listening with its backlog (0:
	 * 511), so that a port in use is known at once. Sets record.bound_port, and for a server
	 * whose connections will be given record.hands_over and `address` (not for UDP). Negative
	 * errno: the worker's listen() fails with it. */
	int (*open)(void *app, struct cluster_server *server);
	/* The descriptor this worker gets; it stays the owner's. Must give the same again when
	 * asked again. Not for hands_over. Negative errno: as open(). */
	int (*lane)(void *worker, struct cluster_server *server, int *ret_fd);
	/* The worker has no use any more for what lane() gave it: it closed the server, or is gone.
	 */
	void (*leave)(void *worker, struct cluster_server *server);
	/* Nobody listens there any more: close the sockets. `server` is gone afterwards. */
	void (*close)(void *app, struct cluster_server *server);
	/* `server` is NULL but for LISTENING and CLOSED. */
	void (*event)(void *worker, enum cluster_primary_event event,
		      struct cluster_server *server);
	/* A connection that was given is the owner's again: taken by the worker (close our copy),
	 * or not (give it to another; nothing was read from it). `server` may be closed meanwhile:
	 * NULL then. */
	void (*back)(void *app, struct cluster_server *server, int fd, bool taken);
	/* Somebody may be given a connection again; may come more often than that. */
	void (*room)(void *app);
};

/* `first_seq`: larger than any number that an earlier engine used for our messages; the monotonic
 * clock in microseconds will do. */
struct cluster_primary *cluster_primary_create(const struct cluster_primary_ops *ops, void *app,
					       int64_t first_seq);

/* Removes what workers there are; the servers' sockets are left to the owner, nothing is called. */
void cluster_primary_destroy(struct cluster_primary *primary);

/* A server that an earlier engine opened. Before its workers are added. NULL: no sense in it. */
struct cluster_server *cluster_primary_restore(struct cluster_primary *primary,
					       const struct cluster_server_record *record,
					       void *sockets);

/* A worker: a new one, or (a record that is not empty) one that an earlier engine knew. `record`
 * is the owner's, kept up to date here, and must outlive the worker. */
struct cluster_worker *cluster_primary_add(struct cluster_primary *primary,
					   struct cluster_worker_record *record, void *owner);

/* It is gone, or its channel is. The sockets stay open, also if it was the last that used them:
 * clients wait. A connection under way comes back. Frees it; record's members are cleared. */
void cluster_primary_remove(struct cluster_worker *worker);

/* Take a message of a worker. True: it was Node's; false: it is the app's, and the caller's to look
 * at (the answer that a descriptor needs was given). */
bool cluster_primary_take(struct cluster_worker *worker, const struct node_message *msg,
			  int64_t now_ms);

/* A line of the worker was too long to be read, and began so. */
void cluster_primary_lost(struct cluster_worker *worker, const char *head, size_t len);

/* Tell it to leave: it closes its servers, lets open connections end, closes the channel. It gets
 * no connection and no answer from now on. `signal`, such as "SIGINT", is what will be sent when it
 * has done so: the preload keeps an app that listens for it alive until then. 0 or errno of send().
 */
int cluster_primary_disconnect(struct cluster_worker *worker, const char *signal);

/* May cluster_primary_give() choose it? Not at first. */
void cluster_primary_admit(struct cluster_worker *worker, bool admitted);

/* Give a connection, non-blocking or not, to an admitted worker that listens and has none under
 * way, by turns. Success: back() says how it ends. -EAGAIN: nobody now; wait for room(), or
 * CLUSTER_PRIMARY_BACKOFF_MS. The descriptor is the caller's again after any error. */
int cluster_primary_give(struct cluster_primary *primary, struct cluster_server *server, int fd,
			 int64_t now_ms);

/* The same to one worker, admitted or not, also of a server whose lanes workers accept from. */
int cluster_primary_give_to(struct cluster_worker *worker, struct cluster_server *server, int fd,
			    int64_t now_ms);

/* Close the servers that nobody uses, after a reload whose new release listens elsewhere. Returns
 * how many. */
unsigned cluster_primary_sweep(struct cluster_primary *primary);

/* The servers, one after the other: NULL gives the first, and comes after the last. */
struct cluster_server *cluster_primary_next(const struct cluster_primary *primary,
					    const struct cluster_server *after);
