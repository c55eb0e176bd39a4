/* node_message: what a line of a Node channel says, and the lines that we send to an app. Pure.
 *
 * Tells Node's own messages from the app's, and among these the ones that mean something to a
 * process manager: "ready" and PM2's {type, data}; the rest is passed on as text. What Node's
 * cluster messages mean: cluster_primary. What the types mean: node_axm.
 * Source: the names are Node's (lib/internal/child_process.js) and PM2's. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct pmc_error;

enum node_message_kind {
	NODE_MESSAGE_CLUSTER, /* NODE_CLUSTER: for cluster_primary */
	NODE_MESSAGE_ACK,     /* the descriptor we sent has arrived, */
	NODE_MESSAGE_NACK,    /* or not, and the line it belonged to was not looked at */
	NODE_MESSAGE_DRAINS,  /* daemon/preload/drain.cjs is loaded in this process */
	NODE_MESSAGE_IGNORED, /* another of Node's own */
	NODE_MESSAGE_READY,   /* "ready": PM2's wait_ready */
	NODE_MESSAGE_TYPED,   /* {"type": …, "data": …}: see node_axm */
	NODE_MESSAGE_OTHER,   /* whatever else an app says to its parent */
};

struct node_message {
	enum node_message_kind kind;
	/* A descriptor was attached. It is gone, but Node sends no other before it is told
	 * NODE_MESSAGE_GOT_HANDLE. */
	bool with_handle;
	json_t *json;	  /* the message, without the envelope of a handle */
	const char *text; /* the same as JSON text, not NUL-terminated; ours or the caller's line */
	size_t len;
	const char *type; /* of TYPED; belongs to `json` */
	json_t *data;	  /* of TYPED, may be NULL; belongs to `json` */
	char *own_text;
};

/* The answer to every message with a handle. */
#define NODE_MESSAGE_GOT_HANDLE "{\"cmd\":\"NODE_HANDLE_ACK\"}\n"

/* PM2's shutdown_with_message. */
#define NODE_MESSAGE_SHUTDOWN "\"shutdown\"\n"

/* Read one line of `len` bytes, which must outlive `ret`. -EBADMSG: it is not JSON (anything that
 * inherited the descriptor may write there); there is nothing to free then. */
int node_message_parse(const char *line, size_t len, struct node_message *ret);
void node_message_done(struct node_message *msg);

/* Is a line that was too long to be kept, and began with `head`, one that waits for
 * NODE_MESSAGE_GOT_HANDLE? */
bool node_message_head_has_handle(const char *head, size_t len);

/* New string, newline included: the line that gives an app's 'message' listeners `value`. NULL for
 * a value that Node would take for a message of its own: err says so. */
char *node_message_line(const json_t *value, size_t *ret_len, struct pmc_error *err);

/* New string: ask the app to do what it registered as action `name`; `param` may be NULL. */
char *node_message_trigger(const char *name, const char *param, size_t *ret_len);
