/* cluster_primary_private: what the files of cluster_primary share. */
#pragma once
#include "daemon/node/cluster_primary.h"

struct cluster_primary {
	const struct cluster_primary_ops *ops;
	void *app;
	int64_t seq; /* of our next message */
	uint32_t last_number;
	struct cluster_server *servers[CLUSTER_PRIMARY_SERVERS];
	struct cluster_worker *workers;
};

bool cluster_primary_is_member(const struct cluster_worker *worker,
			       const struct cluster_server *server);

/* It does not use the server any more; the last that did and was not told to leave closes it. */
void cluster_primary_leave(struct cluster_worker *worker, struct cluster_server *server);

/* The server it asks for, opened if need be; the worker is a member then. -EADDRINUSE: it is one
 * already. */
int cluster_primary_join(struct cluster_worker *worker, const struct cluster_query *query,
			 struct cluster_server **ret);
