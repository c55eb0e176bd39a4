/* cluster_handle: what goes to a worker together with a descriptor: answers and connections. Part
 * of cluster_primary.
 *
 * One is under way at a time, because a receiver whose descriptors have run out does not look at
 * the line (NACK), and it must be known which that was. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct cluster_server;
struct cluster_worker;

/* Send a line, which is freed. 0 or errno of ops->send(). */
int cluster_handle_say(struct cluster_worker *worker, char *line);

/* The same for a line without which the worker waits for ever: told if it cannot be sent. */
void cluster_handle_must_say(struct cluster_worker *worker, char *line);

/* Answer the question `ack` with the worker's descriptor when it is its turn; or refuse. */
void cluster_handle_answer(struct cluster_worker *worker, struct cluster_server *server,
			   int64_t ack);
void cluster_handle_refuse(struct cluster_worker *worker, int64_t ack, int code);

/* Give a connection now. -EAGAIN: the worker has something under way. */
int cluster_handle_give(struct cluster_worker *worker, struct cluster_server *server, int fd);

/* What is under way has arrived, or not. */
void cluster_handle_acked(struct cluster_worker *worker);
void cluster_handle_nacked(struct cluster_worker *worker, int64_t now_ms);

/* The connection given to the worker, if there is one, is the owner's again. */
void cluster_handle_back(struct cluster_worker *worker, bool taken);
