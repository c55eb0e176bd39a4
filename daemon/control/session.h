/* session: one connected client: hello, lines in, lines out, within limits.
 *
 * It knows no method: whole requests go to dispatch. A client that talks nonsense, says nothing, or
 * does not read is answered or dropped, and costs the others nothing. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct api_context;
struct handles;
struct session;

/* What all sessions of a server share. */
struct session_host {
	struct handles *handles;
	const struct api_context *api;
	int idle_ms, stall_ms; /* PROTOCOL_IDLE_MS, PROTOCOL_STALL_MS, but shorter in tests */
	size_t queue_max;      /* PROTOCOL_QUEUE_MAX */
	char read_buffer[16384];
	void (*on_closed)(struct session *session, void *owner); /* may not be used any more */
	void *owner;
};

/* Serve the connected socket `fd` (owned from here on). NULL when there is no memory or descriptor
 * for it. */
struct session *session_create(struct session_host *host, int fd);

/* Drop the client at once. `on_closed` comes in a later turn. */
void session_close(struct session *session);

/* Since when (monotonic) it has neither asked for anything nor followed events; INT64_MAX: it does.
 */
int64_t session_idle_since_ms(const struct session *session);

/* False: nobody listens any more; what is sent is dropped. */
bool session_is_open(const struct session *session);

/* A request keeps its session's memory, and counts against how many a client may have under way. */
void session_hold(struct session *session);
void session_release(struct session *session);

/* Send one line (malloc'ed, owned from here on). */
void session_send(struct session *session, char *line, size_t len);

/* From now on send events, those of `app` only unless it is NULL. */
void session_follow(struct session *session, const char *app);
