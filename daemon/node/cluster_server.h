/* cluster_server: one address that the workers of an app listen on. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "daemon/node/cluster_query.h"

/* What the next engine must know of it; plain memory. */
struct cluster_server_record {
	uint32_t number;    /* never used again in this app; 0: none here */
	uint32_t place;	    /* its bit in cluster_worker_record */
	int32_t bound_port; /* of TCP and UDP */
	uint32_t hands_over;
	struct cluster_query query; /* the first worker's */
};

struct cluster_server {
	struct cluster_server_record record;
	/* Both set by the owner in open(): */
	struct cluster_query_address address; /* for hands_over, TCP: what address() returns */
	void *sockets;
	/* the rest is cluster_primary's */
	char key[16];
	uint32_t turn; /* id of the worker that was given a connection last */
};
