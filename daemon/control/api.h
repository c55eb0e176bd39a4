/* api: what handlers of requests get, and the list of them, made from methods.def.
 *
 * A handler answers by exactly one request_reply() or request_fail(), now or later. It never
 * blocks. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct bus;
struct history;
struct home;
struct intents;
struct pmc_error;
struct request;
struct settings;
struct supervisor;
struct uv_loop_s;

/* What only the composition root can do. */
struct api_daemon {
	/* Stop all apps (`forget`: delete them too), then end; `done` is called when the apps are
	 * gone, just before the end. */
	void (*end)(void *owner, bool forget, void (*done)(void *arg), void *arg);
	int (*reload)(void *owner, struct pmc_error *err);
	int (*resume)(void *owner, struct pmc_error *err);
	int64_t started_us; /* of this engine */
	void *owner;
};

/* What the composition root lends to the handlers. */
struct api_context {
	struct uv_loop_s *loop;
	struct supervisor *supervisor;
	struct intents *intents; /* changing commands, one after the other */
	const struct home *home;
	struct history *history; /* NULL: not opened yet, or not to be used */
	struct settings *settings;
	struct bus *bus;
	const char *version;
	const struct api_daemon *daemon; /* what the handlers may ask of the daemon itself */
};

/* api_app_start(), … */
#define METHOD(ident, name, flags, params, doc) void api_##ident(struct request *req);
#include "shared/ipc/methods.def"
#undef METHOD
