/* api: what handlers of requests get, and the list of them, made from methods.def.
 *
 * A handler answers by exactly one request_reply() or request_fail(), now or later. It never
 * blocks. */
#pragma once

struct bus;
struct history;
struct keeper_link;
struct log;
struct request;
struct settings;
struct supervisor;

/* What the composition root lends to the handlers. */
struct api_context {
	struct supervisor *supervisor;
	struct history *history; /* NULL: not opened yet, or not to be used */
	struct log *log;
	struct settings *settings;
	struct bus *bus;
	struct keeper_link *link;
	const char *version;
	void *daemon; /* for the handlers of the daemon itself */
};

/* api_app_start(), … */
#define METHOD(ident, name, flags, params, doc) void api_##ident(struct request *req);
#include "shared/ipc/methods.def"
#undef METHOD
