#include "daemon/node/cluster_message.h"

#include <string.h>

#include "daemon/node/cluster_handle.h"
#include "daemon/node/cluster_primary_private.h"
#include "shared/base/mem.h"

static void event(struct cluster_worker *worker, enum cluster_primary_event what,
		  struct cluster_server *server)
{
	worker->primary->ops->event(worker->owner, what, server);
}

static int64_t seq_of(const json_t *body)
{
	return json_integer_value(json_object_get(body, "seq"));
}

static void on_online(struct cluster_worker *worker, const json_t *body)
{
	worker->record->flags |= CLUSTER_WORKER_ONLINE;
	event(worker, CLUSTER_PRIMARY_ONLINE, NULL);
}

static void on_query(struct cluster_worker *worker, const json_t *body)
{
	int64_t ack = seq_of(body);
	struct cluster_server *server;
	struct cluster_query query;
	int r;

	if (worker->record->flags & CLUSTER_WORKER_TOLD)
		return;
	r = cluster_query_parse(body, &query);
	if (r == 0)
		r = cluster_primary_join(worker, &query, &server);
	if (r < 0)
		cluster_handle_refuse(worker, ack, r);
	else if (!server->record.hands_over)
		cluster_handle_answer(worker, server, ack);
	else
		cluster_handle_must_say(
			worker, cluster_query_answer(&server->record.query, server->key, ack,
						     worker->primary->seq++, 0, &server->address));
}

static void on_listening(struct cluster_worker *worker, const json_t *body)
{
	struct cluster_primary *primary = worker->primary;
	struct cluster_query up;

	if (cluster_query_parse(body, &up) < 0)
		return;
	for (struct cluster_server *s = NULL; (s = cluster_primary_next(primary, s));) {
		uint64_t bit = cluster_server_bit(s);

		if (!cluster_primary_is_member(worker, s) || (worker->record->listening & bit) ||
		    !cluster_query_is_up(&s->record.query, s->record.bound_port, &up))
			continue;
		worker->record->listening |= bit;
		event(worker, CLUSTER_PRIMARY_LISTENING, s);
		primary->ops->room(primary->app);
		return;
	}
}

static void on_close(struct cluster_worker *worker, const json_t *body)
{
	const char *key = json_string_value(json_object_get(body, "key"));

	for (struct cluster_server *s = NULL; (s = cluster_primary_next(worker->primary, s));) {
		if (!key || strcmp(s->key, key) != 0 || !cluster_primary_is_member(worker, s))
			continue;
		event(worker, CLUSTER_PRIMARY_CLOSED, s);
		cluster_primary_leave(worker, s);
		return;
	}
}

static void on_leaving(struct cluster_worker *worker, const json_t *body)
{
	worker->record->flags |= CLUSTER_WORKER_LEAVING;
	cluster_handle_must_say(worker, cluster_query_ack(seq_of(body), worker->primary->seq++));
	event(worker, CLUSTER_PRIMARY_LEAVING, NULL);
}

static const struct {
	const char *act;
	void (*take)(struct cluster_worker *worker, const json_t *body);
} acts[] = {
	{"online", on_online},
	{"queryServer", on_query},
	{"listening", on_listening},
	{"close", on_close},
	{"exitedAfterDisconnect", on_leaving},
};

/* The answer to a connection we gave. */
static void on_ack(struct cluster_worker *worker, const json_t *body)
{
	struct cluster_primary *primary = worker->primary;
	json_int_t ack = json_integer_value(json_object_get(body, "ack"));

	if (worker->connection_fd < 0 || ack != worker->connection_seq)
		return;
	cluster_handle_back(worker, json_is_true(json_object_get(body, "accepted")));
	primary->ops->room(primary->app);
}

/* The engine before us died while it looked at this message, so it is here again. What it may have
 * done can be done twice, but for asking for a socket that was given already. */
static bool seen_before(struct cluster_worker *worker, const json_t *body)
{
	bool first = worker->adopted;

	worker->adopted = false;
	return first && seq_of(body) == worker->record->next_seq - 1;
}

void cluster_message_take(struct cluster_worker *worker, const json_t *body)
{
	const char *act = json_string_value(json_object_get(body, "act"));

	if (seen_before(worker, body))
		return;
	if (json_object_get(body, "ack"))
		on_ack(worker, body);
	for (size_t i = 0; act && i < ARRAY_SIZE(acts); i++) {
		if (strcmp(acts[i].act, act) == 0)
			acts[i].take(worker, body);
	}
	if (json_is_integer(json_object_get(body, "seq")))
		worker->record->next_seq = seq_of(body) + 1;
}
