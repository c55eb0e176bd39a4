#include "daemon/daemon_care.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/bus/bus.h"
#include "daemon/control/intents.h"
#include "daemon/daemon_end.h"
#include "daemon/daemon_private.h"
#include "daemon/keeper/keeper_link.h"
#include "daemon/log/log.h"
#include "daemon/own_log.h"
#include "daemon/programs.h"
#include "daemon/run/supervisor.h"
#include "daemon/store/state.h"
#include "shared/base/clock.h"
#include "shared/base/diagnostics.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/units.h"

#define BECOME_RETRY_MS 1000
/* For the answer to `pmc daemon resume` to go out. */
#define AGAIN_MS 50
/* Heartbeats in one watchdog period. */
#define BEATS 3
/* A wall clock that is kept right is moved by less at a time. */
#define CLOCK_MOVED_MS 2000

int daemon_care_read_settings(struct daemon *d, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *path = home_file(&d->home, "pmcd.ini");
	_cleanup_(diagnostics_done) struct diagnostics diags = {0};
	_cleanup_(str_done) struct str text = {0};
	int r = settings_read(&d->settings, path, &diags, err);

	for (size_t i = 0; i < diags.count; i++)
		log_error("%s:%d: %s", diags.items[i].file ? diags.items[i].file : path,
			  diags.items[i].line, diags.items[i].message);
	if (diags.count > 0) {
		diagnostics_format(&diags, NULL, 0, &text);
		pmc_error_set(err, -EINVAL, "%s", str_cstr(&text));
	}
	return r;
}

int daemon_care_reload(void *owner, struct pmc_error *err)
{
	struct daemon *d = owner;
	int r = daemon_care_read_settings(d, err);

	if (r < 0)
		return r;
	own_log_reopen(d->home.path, d->foreground);
	own_log_setup(d->home.path, d->foreground, &d->settings);
	daemon_care_start_watchdog(d);
	log_reopen(d->log);
	daemon_publish(d, EVENT_SETTINGS_READ, NULL);
	return 0;
}

static void on_again(uv_timer_t *timer)
{
	kill(getpid(), SIGKILL);
}

/* The store was no good when we started. If it is now, the next engine reads it and takes the apps
 * over; all that we know is in the memory of the keeper. The answer goes out before. */
static int resume_with_store(struct daemon *d, struct pmc_error *err)
{
	struct state_store *store = NULL;
	struct state_rows rows = {0};
	int r = state_open(&d->handles, d->home.path, &store, &rows, err);

	if (r < 0) {
		_cleanup_(mem_freep) char *how = mem_strdup(err->hint);

		pmc_error_hint(
			err, "%s%sput a good state.db in its place, then `pmc daemon resume` again",
			how, how[0] ? "; " : "");
		return r;
	}
	state_rows_done(&rows);
	state_close(store);
	log_warning("state.db is good again: the next engine reads it");
	uv_timer_start(&d->again_timer, on_again, AGAIN_MS, 0);
	return 0;
}

int daemon_care_resume(void *owner, struct pmc_error *err)
{
	struct daemon *d = owner;

	if (!supervisor_safe(d->sup))
		return pmc_error_set(err, -EALREADY, "it is not in safe mode");
	if (d->store_trouble)
		return resume_with_store(d, err);
	keeper_link_send(d->link, KEEPER_CALM, 0, NULL);
	intents_leave_safe(d->intents);
	supervisor_set_safe(d->sup, NULL);
	daemon_publish(d, EVENT_SAFE_MODE, "left by `pmc daemon resume`");
	return 0;
}

static void on_signal(uv_signal_t *handle, int signal)
{
	struct daemon *d = handle->data;
	struct pmc_error err = {0};

	switch (signal) {
	case SIGHUP:
		if (daemon_care_reload(d, &err) < 0)
			log_error("settings not read: %s", err.message);
		break;
	case SIGUSR2:
		log_reopen(d->log);
		break;
	default:
		log_info("%s: stopping all apps", signal == SIGTERM ? "SIGTERM" : "SIGINT");
		daemon_end(d, false, NULL, NULL);
		break;
	}
}

void daemon_care_begin(struct daemon *d)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR2};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		handles_signal(&d->handles, &d->signals[i], d);
		uv_signal_start(&d->signals[i], on_signal, numbers[i]);
	}
	signal(SIGPIPE, SIG_IGN);
	handles_timer(&d->handles, &d->beat_timer, d);
	handles_timer(&d->handles, &d->become_timer, d);
	handles_timer(&d->handles, &d->again_timer, d);
	handles_timer(&d->handles, &d->end_timer, d);
}

/* A sleep of the machine is no move: the time since boot goes on. */
static void look_at_clock(struct daemon *d)
{
	int64_t offset_ms = clock_wall_us() / 1000 - clock_boot_ms();
	int64_t moved_ms = offset_ms - d->clock_offset_ms;
	_cleanup_(str_done) struct str text = {0};

	if (d->clock_offset_ms != 0 && llabs(moved_ms) >= CLOCK_MOVED_MS) {
		str_append(&text, "by ");
		units_human_duration(&text, llabs(moved_ms));
		str_append(&text, moved_ms > 0 ? " forward" : " back");
		log_warning("the wall clock moved %s", str_cstr(&text));
		daemon_publish(d, EVENT_CLOCK_MOVED, str_cstr(&text));
	}
	if (d->clock_offset_ms == 0 || llabs(moved_ms) >= CLOCK_MOVED_MS)
		d->clock_offset_ms = offset_ms;
}

static void on_beat(uv_timer_t *timer)
{
	struct daemon *d = container_of(timer, struct daemon, beat_timer);

	atomic_store(&keeper_link_beat(d->link)->heartbeat_ns, clock_now_ns());
	own_log_cap(d->home.path, d->foreground, d->settings.log_size_bytes);
	look_at_clock(d);
}

void daemon_care_start_watchdog(struct daemon *d)
{
	uint64_t period = (uint64_t)d->settings.watchdog_ms;

	look_at_clock(d);

	atomic_store(&keeper_link_beat(d->link)->heartbeat_ns, clock_now_ns());
	keeper_link_send(d->link, KEEPER_WATCH, period, NULL);
	if (period == 0)
		uv_timer_stop(&d->beat_timer);
	else
		uv_timer_start(&d->beat_timer, on_beat, period / BEATS, period / BEATS);
}

void daemon_care_on_keeper_event(void *owner)
{
	struct daemon *d = owner;

	if (d->sup)
		supervisor_on_keeper_event(d->sup);
}

/* Execute pmc-keeper in this very process. Returns only when that fails; then it is tried again
 * every second. */
static void become_keeper(struct daemon *d)
{
	_cleanup_(mem_freep) char *keeper = programs_find("pmc-keeper", "keeper");
	struct pmc_error err = {0};

	bus_drain(d->bus);
	if (!keeper)
		pmc_error_set(&err, -ENOENT, "pmc-keeper is not beside pmcd");
	else
		keeper_link_become(d->link, keeper, &err);
	log_error("the keeper is gone and cannot be replaced: %s", err.message);
}

static void on_become_timer(uv_timer_t *timer)
{
	become_keeper(container_of(timer, struct daemon, become_timer));
}

void daemon_care_on_keeper_death(void *owner)
{
	struct daemon *d = owner;

	log_warning("the keeper is gone: taking its place");
	if (d->sup)
		supervisor_on_keeper_death(d->sup);
	become_keeper(d);
	uv_timer_start(&d->become_timer, on_become_timer, BECOME_RETRY_MS, BECOME_RETRY_MS);
}
