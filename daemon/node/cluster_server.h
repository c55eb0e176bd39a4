/* cluster_server: one address that the workers of an app listen on, and the table of them. Owners
 * read the struct; the functions are part of cluster_primary. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "daemon/node/cluster_query.h"

struct cluster_primary;

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

/* Its bit in a worker's record. */
uint64_t cluster_server_bit(const struct cluster_server *server);

/* Put a server in its place, which is free. */
struct cluster_server *cluster_server_add(struct cluster_primary *primary,
					  const struct cluster_server_record *record);

/* The server that is asked for, or has that number; NULL: none. */
struct cluster_server *cluster_server_find(const struct cluster_primary *primary,
					   const struct cluster_query *query);
struct cluster_server *cluster_server_numbered(const struct cluster_primary *primary,
					       uint32_t number);

/* A new server, its sockets made by ops->open(). -ENFILE: the app has too many; else its error. */
int cluster_server_open(struct cluster_primary *primary, const struct cluster_query *query,
			struct cluster_server **ret);

/* Let the owner close its sockets, and free it. */
void cluster_server_close(struct cluster_primary *primary, struct cluster_server *server);
