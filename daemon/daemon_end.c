#include "daemon/daemon_end.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bus/bus.h"
#include "daemon/control/intents.h"
#include "daemon/control/server.h"
#include "daemon/daemon_private.h"
#include "daemon/keeper/keeper_link.h"
#include "daemon/log/log.h"
#include "daemon/notify.h"
#include "daemon/run/supervisor.h"
#include "daemon/store/history.h"
#include "daemon/store/state.h"
#include "shared/base/log.h"
#include "shared/base/str.h"

#define CLOSE_TIMEOUT_MS 5000

static void stop_loop(void *owner)
{
	struct daemon *d = owner;

	uv_stop(&d->loop);
}

/* What later engines would need; there will be none. The keeper's own files are the keeper's. */
static void remove_run_time_files(void)
{
	DIR *dir = fdopendir(fcntl(FD_SHM_DIR, F_DUPFD_CLOEXEC, FD_FIRST));
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, "engine.state") == 0 ||
		    strcmp(entry->d_name, "engine.events") == 0 ||
		    str_starts(entry->d_name, "spool."))
			unlinkat(FD_SHM_DIR, entry->d_name, 0);
	if (dir)
		closedir(dir);
}

static void close_rooms(void *owner)
{
	struct daemon *d = owner;

	remove_run_time_files();
	keeper_link_send(d->link, KEEPER_STOP, 0, NULL);
	bus_destroy(d->bus);
	handles_close(&d->handles, stop_loop, d);
}

/* The last answers had a loop turn to leave. */
static void on_end_timer(uv_timer_t *timer)
{
	struct daemon *d = container_of(timer, struct daemon, end_timer);

	server_destroy(d->server);
	d->server = NULL;
	state_close(d->store); /* what was asked for is stored, and told to whoever still listens */
	d->store = NULL;
	intents_destroy(d->intents);
	d->intents = NULL;
	log_destroy(d->log, CLOSE_TIMEOUT_MS);
	d->log = NULL;
	bus_drain(d->bus);
	history_close(d->history, CLOSE_TIMEOUT_MS);
	d->history = NULL;
	supervisor_destroy(d->sup, close_rooms, d);
}

static void on_apps_gone(void *owner)
{
	struct daemon *d = owner;

	log_info("all apps are stopped");
	if (d->ended)
		d->ended(d->ended_arg);
	d->ended = NULL;
	uv_timer_stop(&d->end_timer);
	uv_timer_start(&d->end_timer, on_end_timer, 1, 0);
}

static void on_end_too_long(uv_timer_t *timer)
{
	struct daemon *d = container_of(timer, struct daemon, end_timer);

	log_warning("the apps did not end within shutdown_timeout: SIGKILL to all");
	supervisor_kill(d->sup);
}

void daemon_end(void *owner, bool forget, void (*done)(void *arg), void *arg)
{
	struct daemon *d = owner;

	if (done && d->ended) { /* somebody asked before: he gets his answer now, it is under way */
		d->ended(d->ended_arg);
		d->ended = NULL;
	}
	if (done) {
		d->ended = done;
		d->ended_arg = arg;
	}
	if (d->ending && !forget)
		return;
	d->ending = true;
	atomic_fetch_or(&keeper_link_beat(d->link)->flags, BEAT_STOPPING);
	daemon_publish(d, EVENT_ENGINE_STOPPING, forget ? "the apps are forgotten" : NULL);
	notify_send("STOPPING=1");
	if (d->settings.shutdown_timeout_ms > 0)
		uv_timer_start(&d->end_timer, on_end_too_long,
			       (uint64_t)d->settings.shutdown_timeout_ms, 0);
	supervisor_end(d->sup, forget, on_apps_gone, d);
}
