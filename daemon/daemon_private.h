/* daemon_private: the memory of the composition root, shared by its own files only: daemon.c builds
 * the rooms, daemon_care.c looks after them while they live, daemon_end.c ends them. */
#pragma once
#include <uv.h>

#include "daemon/bus/event.h"
#include "daemon/control/api.h"
#include "daemon/loop/handles.h"
#include "shared/config/home.h"
#include "shared/config/settings.h"

struct bus;
struct history;
struct intents;
struct keeper_link;
struct log;
struct server;
struct state_store;
struct supervisor;

struct daemon {
	uv_loop_t loop;
	struct handles handles;
	uv_signal_t signals[4];
	uv_timer_t beat_timer, become_timer, again_timer, end_timer;
	int64_t clock_offset_ms; /* of the wall clock to the time since boot; 0: not looked at */
	struct home home;
	struct settings settings;
	struct keeper_link *link;
	struct bus *bus;
	struct log *log;
	struct supervisor *sup;
	struct state_store *store;
	struct history *history;
	struct intents *intents;
	struct server *server;
	struct api_context api;
	struct api_daemon api_daemon;
	char *store_trouble; /* state.db cannot be used: why */
	bool foreground, ending;
	void (*ended)(void *arg); /* whom to tell when the apps are gone */
	void *ended_arg;
};

/* Tell people something about the daemon itself. `detail` may be NULL. */
void daemon_publish(struct daemon *d, enum event_type type, const char *detail);
