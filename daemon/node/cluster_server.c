#include "daemon/node/cluster_server.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "daemon/node/cluster_primary_private.h"
#include "shared/base/mem.h"

uint64_t cluster_server_bit(const struct cluster_server *server)
{
	return UINT64_C(1) << server->record.place;
}

struct cluster_server *cluster_server_add(struct cluster_primary *primary,
					  const struct cluster_server_record *record)
{
	struct cluster_server *server = mem_zalloc(sizeof(*server));

	server->record = *record;
	snprintf(server->key, sizeof(server->key), "pmc:%u", record->number);
	primary->servers[record->place] = server;
	return server;
}

struct cluster_server *cluster_server_find(const struct cluster_primary *primary,
					   const struct cluster_query *query)
{
	for (size_t i = 0; i < CLUSTER_PRIMARY_SERVERS; i++) {
		struct cluster_server *server = primary->servers[i];

		if (server && cluster_query_same(&server->record.query, query))
			return server;
	}
	return NULL;
}

struct cluster_server *cluster_server_numbered(const struct cluster_primary *primary,
					       uint32_t number)
{
	for (size_t i = 0; i < CLUSTER_PRIMARY_SERVERS; i++) {
		if (primary->servers[i] && primary->servers[i]->record.number == number)
			return primary->servers[i];
	}
	return NULL;
}

int cluster_server_open(struct cluster_primary *primary, const struct cluster_query *query,
			struct cluster_server **ret)
{
	struct cluster_server_record record = {.number = primary->last_number + 1, .query = *query};
	struct cluster_server *server;
	int r;

	while (record.place < CLUSTER_PRIMARY_SERVERS && primary->servers[record.place])
		record.place++;
	if (record.place == CLUSTER_PRIMARY_SERVERS)
		return -ENFILE;
	primary->last_number++;
	server = cluster_server_add(primary, &record);
	r = primary->ops->open(primary->app, server);
	if (r < 0) {
		primary->servers[record.place] = NULL;
		free(server);
		return r;
	}
	assert(!server->record.hands_over || !cluster_query_is_udp(query));
	*ret = server;
	return 0;
}

void cluster_server_close(struct cluster_primary *primary, struct cluster_server *server)
{
	primary->servers[server->record.place] = NULL;
	primary->ops->close(primary->app, server);
	free(server);
}
