/* node_axm: PM2's messages of the form {type, data}, as @pm2/io and tx2 send them, in a small
 * struct. Pure. Knows what they say, not what becomes of it. */
#pragma once
#include <jansson.h>

struct node_message;

enum node_axm_kind {
	NODE_AXM_ACTION,    /* the app can do something: `name` (`pmc trigger`); opts in `value` */
	NODE_AXM_REPLY,	    /* it did: action `name` returned `value` */
	NODE_AXM_MONITOR,   /* its metrics: `value` is {name: {value, type, unit, …}} */
	NODE_AXM_OPTIONS,   /* what it says about itself: `value` is an object */
	NODE_AXM_EXCEPTION, /* it failed: `name` is the message, `text` the stack if there is one */
	NODE_AXM_EVENT,	    /* any other type: `name`, whatever it brings in `value` */
};

struct node_axm {
	enum node_axm_kind kind;
	const char *name; /* NULL for MONITOR and OPTIONS */
	const char *text;
	json_t *value; /* may be NULL; all belong to the message */
};

/* Read a message of kind NODE_MESSAGE_TYPED. -EBADMSG: its type is known but not what comes with
 * it. */
int node_axm_parse(const struct node_message *msg, struct node_axm *ret);

/* One metric: its value as text in `buf` (cut at `size`), its unit or NULL. -EBADMSG: it has no
 * value, or one that is neither number nor text. */
int node_axm_metric(const json_t *metric, char *buf, size_t size, const char **ret_unit);
