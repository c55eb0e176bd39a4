/* cluster_query: the socket that a Node cluster worker asks for, and which of two questions mean
 * the same one; the lines of the cluster protocol. Pure: JSON in, text out.
 *
 * Source: Node's lib/internal/cluster/{child,primary}.js; the wire is the same from 16 to 26. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLUSTER_QUERY_HOST_MAX 112  /* a Unix socket's path is shorter, and any numeric address */
#define CLUSTER_QUERY_DATA_MAX 1024 /* JSON; TLS ticket keys are 115 bytes */

enum cluster_query_kind {
	CLUSTER_QUERY_TCP4,
	CLUSTER_QUERY_TCP6,
	CLUSTER_QUERY_UNIX,
	CLUSTER_QUERY_UDP4,
	CLUSTER_QUERY_UDP6,
	CLUSTER_QUERY_FD, /* listen({fd}): a descriptor of the manager */
};

/* Plain memory, so that it can be kept in engine.state. */
struct cluster_query {
	char host[CLUSTER_QUERY_HOST_MAX]; /* numeric, or a path; "": any address */
	char data[CLUSTER_QUERY_DATA_MAX]; /* JSON, passed on to all who ask the same */
	uint32_t kind;
	int32_t port; /* 0: any; -1: none (Unix, fd) */
	int32_t fd;   /* -1: none */
	int32_t index;
	int32_t backlog;
	uint8_t ipv6_only, udp_reuse, readable_all, writable_all;
};

/* Read a queryServer or a listening message. -EINVAL: not one, -ENAMETOOLONG, -E2BIG for its data.
 */
int cluster_query_parse(const json_t *body, struct cluster_query *ret);

/* Do they ask for the same socket? With port 0 the n-th of a worker is the n-th of another. */
bool cluster_query_same(const struct cluster_query *a, const struct cluster_query *b);

/* Is `up`, of a listening message, the socket that was asked for by `asked` and got `port`? */
bool cluster_query_is_up(const struct cluster_query *asked, int port,
			 const struct cluster_query *up);

bool cluster_query_is_udp(const struct cluster_query *query);

/* Where a server is, for an answer without a descriptor: what its address() shall return. */
struct cluster_query_address {
	char host[64]; /* "": leave it out */
	int port;
	bool ipv6;
};

/* New strings, newline included. `ack` is the seq of the question, `seq` our own; `errno_code` is
 * 0 or a negative errno. The first says that a descriptor comes with it, the second that
 * connections will; it also refuses. */
char *cluster_query_answer_handle(const struct cluster_query *query, const char *key, int64_t ack,
				  int64_t seq);
char *cluster_query_answer(const struct cluster_query *query, const char *key, int64_t ack,
			   int64_t seq, int errno_code,
			   const struct cluster_query_address *address);

/* New strings: a connection of server `key` comes with this line; leave, and `signal` follows
 * (daemon/preload/drain.cjs looks at it); we know that you leave. */
char *cluster_query_newconn(const char *key, int64_t seq);
char *cluster_query_disconnect(int64_t seq, const char *signal);
char *cluster_query_ack(int64_t ack, int64_t seq);
