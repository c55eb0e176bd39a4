#include "daemon/node/cluster_handle.h"

#include <errno.h>
#include <string.h>

#include "daemon/node/cluster_primary_private.h"
#include "shared/base/mem.h"

#define ANSWER_TRIES 3 /* as Node's own primary */

static void stuck(struct cluster_worker *worker)
{
	if (worker->stuck)
		return;
	worker->stuck = true;
	worker->primary->ops->event(worker->owner, CLUSTER_PRIMARY_STUCK, NULL);
}

/* Send a line and free it. */
static int say(struct cluster_worker *worker, char *text, int fd)
{
	_cleanup_(mem_freep) char *line = text;

	return worker->primary->ops->send(worker->owner, line, strlen(line), fd);
}

/* A worker whose side is closed (EPIPE) waits for nothing any more. */
static void must_say(struct cluster_worker *worker, char *line, int fd)
{
	int r = say(worker, line, fd);

	if (r < 0 && r != -EPIPE)
		stuck(worker);
}

int cluster_handle_say(struct cluster_worker *worker, char *line)
{
	return say(worker, line, -1);
}

void cluster_handle_must_say(struct cluster_worker *worker, char *line)
{
	must_say(worker, line, -1);
}

void cluster_handle_refuse(struct cluster_worker *worker, int64_t ack, int code)
{
	static const struct cluster_query nothing = {.data = "null"};

	cluster_handle_must_say(worker, cluster_query_answer(&nothing, "", ack,
							     worker->primary->seq++, code, NULL));
}

/* Send the answer at the head. False: it has no use any more, or was refused. */
static bool send_answer(struct cluster_worker *worker, const struct cluster_worker_handle *handle)
{
	struct cluster_primary *primary = worker->primary;
	struct cluster_server *server = cluster_server_numbered(primary, handle->server);
	int fd, r;

	if (!server || !cluster_primary_is_member(worker, server) ||
	    (worker->record->flags & CLUSTER_WORKER_TOLD))
		return false;
	r = primary->ops->lane(worker->owner, server, &fd);
	if (r < 0) {
		cluster_handle_refuse(worker, handle->ack, r);
		cluster_primary_leave(worker, server);
		return false;
	}
	must_say(worker,
		 cluster_query_answer_handle(&server->record.query, server->key, handle->ack,
					     primary->seq++),
		 fd);
	return true;
}

/* Bring the answer at the head under way, or one behind it. */
static void send_next(struct cluster_worker *worker)
{
	while (worker->first && !send_answer(worker, worker->first))
		cluster_worker_pop(worker);
	if (!worker->first)
		worker->primary->ops->room(worker->primary->app);
}

void cluster_handle_answer(struct cluster_worker *worker, struct cluster_server *server,
			   int64_t ack)
{
	struct cluster_worker_handle handle = {.server = server->record.number, .ack = ack};

	if (cluster_worker_push(worker, &handle) < 0)
		stuck(worker);
	else if (worker->handles == 1)
		send_next(worker);
}

int cluster_handle_give(struct cluster_worker *worker, struct cluster_server *server, int fd)
{
	static const struct cluster_worker_handle handle = {.connection = true};
	int64_t seq = worker->primary->seq;
	int r;

	if (worker->first || worker->connection_fd >= 0)
		return -EAGAIN;
	r = say(worker, cluster_query_newconn(server->key, seq), fd);
	if (r < 0)
		return r;
	worker->primary->seq++;
	worker->connection_fd = fd;
	worker->connection_seq = seq;
	worker->connection_server = server->record.number;
	return cluster_worker_push(worker, &handle);
}

void cluster_handle_acked(struct cluster_worker *worker)
{
	if (!worker->first)
		return; /* something that an earlier engine sent */
	cluster_worker_pop(worker);
	send_next(worker);
}

/* An answer is tried again, at last without its descriptor. */
static void answer_nacked(struct cluster_worker *worker)
{
	struct cluster_worker_handle *head = worker->first;
	struct cluster_server *server = cluster_server_numbered(worker->primary, head->server);

	if (++head->tries < ANSWER_TRIES)
		return;
	cluster_handle_refuse(worker, head->ack, -EMFILE);
	if (server && cluster_primary_is_member(worker, server))
		cluster_primary_leave(worker, server);
	cluster_worker_pop(worker);
}

void cluster_handle_nacked(struct cluster_worker *worker, int64_t now_ms)
{
	worker->backoff_until_ms = now_ms + CLUSTER_PRIMARY_BACKOFF_MS;
	if (!worker->first) {
		stuck(worker); /* an earlier engine's: nobody knows what it was */
		return;
	}
	if (worker->first->connection) {
		cluster_worker_pop(worker);
		cluster_handle_back(worker, false);
	} else {
		answer_nacked(worker);
	}
	send_next(worker);
}

void cluster_handle_back(struct cluster_worker *worker, bool taken)
{
	const struct cluster_primary *primary = worker->primary;
	int fd = worker->connection_fd;

	if (fd < 0)
		return;
	worker->connection_fd = -1;
	primary->ops->back(primary->app,
			   cluster_server_numbered(primary, worker->connection_server), fd, taken);
}
