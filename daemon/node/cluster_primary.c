#include "daemon/node/cluster_primary.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "daemon/node/cluster_handle.h"
#include "daemon/node/cluster_message.h"
#include "daemon/node/cluster_primary_private.h"
#include "daemon/node/node_message.h"
#include "shared/base/mem.h"

bool cluster_primary_is_member(const struct cluster_worker *worker,
			       const struct cluster_server *server)
{
	return (worker->record->members & cluster_server_bit(server)) != 0;
}

struct cluster_primary *cluster_primary_create(const struct cluster_primary_ops *ops, void *app,
					       int64_t first_seq)
{
	struct cluster_primary *primary = mem_zalloc(sizeof(*primary));

	primary->ops = ops;
	primary->app = app;
	primary->seq = first_seq;
	return primary;
}

static void free_worker(struct cluster_worker *worker)
{
	cluster_worker_pop_all(worker);
	free(worker);
}

void cluster_primary_destroy(struct cluster_primary *primary)
{
	if (!primary)
		return;
	while (primary->workers) {
		struct cluster_worker *worker = primary->workers;

		primary->workers = worker->next;
		free_worker(worker);
	}
	for (size_t i = 0; i < CLUSTER_PRIMARY_SERVERS; i++)
		free(primary->servers[i]);
	free(primary);
}

/* Servers */

struct cluster_server *cluster_primary_restore(struct cluster_primary *primary,
					       const struct cluster_server_record *record,
					       void *sockets)
{
	struct cluster_server *server;

	if (record->number == 0 || record->place >= CLUSTER_PRIMARY_SERVERS ||
	    primary->servers[record->place])
		return NULL;
	server = cluster_server_add(primary, record);
	server->sockets = sockets;
	if (record->number > primary->last_number)
		primary->last_number = record->number;
	return server;
}

static bool is_used(const struct cluster_primary *primary, const struct cluster_server *server)
{
	for (const struct cluster_worker *w = primary->workers; w; w = w->next) {
		if (cluster_primary_is_member(w, server))
			return true;
	}
	return false;
}

int cluster_primary_join(struct cluster_worker *worker, const struct cluster_query *query,
			 struct cluster_server **ret)
{
	struct cluster_server *server = cluster_server_find(worker->primary, query);
	int r;

	if (server && cluster_primary_is_member(worker, server))
		return -EADDRINUSE; /* as on bare metal: it listens there already */
	if (!server) {
		r = cluster_server_open(worker->primary, query, &server);
		if (r < 0)
			return r;
	}
	worker->record->members |= cluster_server_bit(server);
	*ret = server;
	return 0;
}

static void forget_member(struct cluster_worker *worker, struct cluster_server *server)
{
	worker->record->members &= ~cluster_server_bit(server);
	worker->record->listening &= ~cluster_server_bit(server);
	worker->primary->ops->leave(worker->owner, server);
}

void cluster_primary_leave(struct cluster_worker *worker, struct cluster_server *server)
{
	forget_member(worker, server);
	if (!(worker->record->flags & CLUSTER_WORKER_TOLD) && !is_used(worker->primary, server))
		cluster_server_close(worker->primary, server);
}

unsigned cluster_primary_sweep(struct cluster_primary *primary)
{
	unsigned closed = 0;

	for (size_t i = 0; i < CLUSTER_PRIMARY_SERVERS; i++) {
		if (primary->servers[i] && !is_used(primary, primary->servers[i])) {
			cluster_server_close(primary, primary->servers[i]);
			closed++;
		}
	}
	return closed;
}

struct cluster_server *cluster_primary_next(const struct cluster_primary *primary,
					    const struct cluster_server *after)
{
	for (size_t i = after ? after->record.place + 1 : 0; i < CLUSTER_PRIMARY_SERVERS; i++) {
		if (primary->servers[i])
			return primary->servers[i];
	}
	return NULL;
}

/* Workers */

struct cluster_worker *cluster_primary_add(struct cluster_primary *primary,
					   struct cluster_worker_record *record, void *owner)
{
	struct cluster_worker *worker = mem_zalloc(sizeof(*worker));

	assert(record->id != 0);
	worker->primary = primary;
	worker->record = record;
	worker->owner = owner;
	worker->adopted = record->next_seq > 0;
	worker->last = &worker->first;
	worker->connection_fd = -1;
	for (size_t i = 0; i < CLUSTER_PRIMARY_SERVERS; i++) {
		if (!primary->servers[i])
			record->members &= ~(UINT64_C(1) << i);
	}
	record->listening &= record->members;
	worker->next = primary->workers;
	primary->workers = worker;
	return worker;
}

static void unlink_worker(struct cluster_worker *worker)
{
	struct cluster_worker **at = &worker->primary->workers;

	while (*at != worker)
		at = &(*at)->next;
	*at = worker->next;
}

void cluster_primary_remove(struct cluster_worker *worker)
{
	struct cluster_primary *primary = worker->primary;

	for (size_t i = 0; i < CLUSTER_PRIMARY_SERVERS; i++) {
		if (primary->servers[i] && cluster_primary_is_member(worker, primary->servers[i]))
			forget_member(worker, primary->servers[i]);
	}
	unlink_worker(worker);
	cluster_handle_back(worker, false);
	free_worker(worker);
}

int cluster_primary_disconnect(struct cluster_worker *worker, const char *signal)
{
	worker->record->flags |= CLUSTER_WORKER_TOLD;
	worker->record->flags &= ~(uint32_t)CLUSTER_WORKER_ADMITTED;
	return cluster_handle_say(worker, cluster_query_disconnect(worker->primary->seq++, signal));
}

void cluster_primary_admit(struct cluster_worker *worker, bool admitted)
{
	worker->record->flags &= ~(uint32_t)CLUSTER_WORKER_ADMITTED;
	if (!admitted)
		return;
	worker->record->flags |= CLUSTER_WORKER_ADMITTED;
	worker->primary->ops->room(worker->primary->app);
}

/* Connections */

int cluster_primary_give_to(struct cluster_worker *worker, struct cluster_server *server, int fd,
			    int64_t now_ms)
{
	if (!(worker->record->listening & cluster_server_bit(server)) ||
	    (worker->record->flags & CLUSTER_WORKER_TOLD) || now_ms < worker->backoff_until_ms)
		return -EAGAIN;
	return cluster_handle_give(worker, server, fd);
}

/* By turns: whoever comes after the one that was last given something by this server. */
static bool comes_before(const struct cluster_worker *a, const struct cluster_worker *b,
			 uint32_t turn)
{
	return a->record->id - turn - 1 < b->record->id - turn - 1;
}

int cluster_primary_give(struct cluster_primary *primary, struct cluster_server *server, int fd,
			 int64_t now_ms)
{
	struct cluster_worker *best = NULL, *refused = NULL;

	/* Those that cannot be given one now (`refused` and all before it) are passed over. */
	for (;;) {
		best = NULL;
		for (struct cluster_worker *w = primary->workers; w; w = w->next) {
			if (!(w->record->flags & CLUSTER_WORKER_ADMITTED) ||
			    (refused && !comes_before(refused, w, server->turn)))
				continue;
			if (!best || comes_before(w, best, server->turn))
				best = w;
		}
		if (!best)
			return -EAGAIN;
		if (cluster_primary_give_to(best, server, fd, now_ms) == 0) {
			server->turn = best->record->id;
			return 0;
		}
		refused = best;
	}
}

/* Messages */

bool cluster_primary_take(struct cluster_worker *worker, const struct node_message *msg,
			  int64_t now_ms)
{
	if (msg->with_handle)
		cluster_handle_must_say(worker, mem_strdup(NODE_MESSAGE_GOT_HANDLE));
	switch (msg->kind) {
	case NODE_MESSAGE_CLUSTER:
		cluster_message_take(worker, msg->json);
		return true;
	case NODE_MESSAGE_ACK:
		cluster_handle_acked(worker);
		return true;
	case NODE_MESSAGE_NACK:
		cluster_handle_nacked(worker, now_ms);
		return true;
	case NODE_MESSAGE_DRAINS:
		worker->record->flags |= CLUSTER_WORKER_DRAINS;
		worker->primary->ops->event(worker->owner, CLUSTER_PRIMARY_DRAINS, NULL);
		return true;
	case NODE_MESSAGE_IGNORED:
		return true;
	case NODE_MESSAGE_READY:
	case NODE_MESSAGE_TYPED:
	case NODE_MESSAGE_OTHER:
		return false;
	}
	unreachable();
}

void cluster_primary_lost(struct cluster_worker *worker, const char *head, size_t len)
{
	if (node_message_head_has_handle(head, len))
		cluster_handle_must_say(worker, mem_strdup(NODE_MESSAGE_GOT_HANDLE));
}
