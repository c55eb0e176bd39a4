/* server: the control socket: who may come in, how many, and that its name stays in the file
 * system.
 *
 * What clients say is session's; what they ask for is dispatch's. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct api_context;
struct handles;
struct server;

struct server_config {
	const struct api_context *api;
	const char *home; /* copied */
	int clients_max;  /* one more is told "too many clients" */
	/* The socket was bound again, because its name was gone: keep a duplicate of `fd` on the
	 * shelf instead of the old one. */
	void (*on_listener)(int fd, void *owner);
	void *owner;
	int idle_ms, stall_ms; /* 0: as protocol.h */
	size_t queue_max;      /* 0: as protocol.h */
};

/* Serve clients that come through `listen_fd` (owned from here on). If the name of the socket is
 * gone, it is bound again at once, and whenever it is taken away later. */
struct server *server_create(struct handles *handles, int listen_fd,
			     const struct server_config *config);

/* Drop all clients and let go of the socket; its name stays. Before the group of handles is closed.
 * Accepts NULL. */
void server_destroy(struct server *server);

/* How many are in. */
unsigned server_clients(const struct server *server);
