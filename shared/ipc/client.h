/* client: a blocking connection to the daemon: connect, ask, read replies one by one. Used by pmc.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>

#include "shared/base/error.h"

struct client;
struct message;

/* Connect to `socket_path` (longer than 107 bytes is fine) and exchange hello. `deadline_ms` counts
 * from now. -ENOENT, -ECONNREFUSED: nobody there. -EPROTO: another major version (err says which).
 * -EACCES: not ours. */
int client_connect(const char *socket_path, int deadline_ms, struct client **ret_client,
		   struct pmc_error *err);
void client_destroy(struct client *client); /* accepts NULL */

/* Send a request; its id is returned. -EPIPE when the connection is gone. */
json_int_t client_send(struct client *client, const char *method, json_t *params,
		       struct pmc_error *err);

/* Wait for the next message, at most `timeout_ms` (-1: for ever). -ETIMEDOUT, -EINTR (a signal
 * came), -ECONNRESET (the daemon closed). The caller calls message_done(). */
int client_receive(struct client *client, int timeout_ms, struct message *ret_msg,
		   struct pmc_error *err);

/* The descriptor, for poll() beside others; client_buffered() says whether a message may already be
 * waiting. */
int client_fd(const struct client *client);
bool client_buffered(const struct client *client);
