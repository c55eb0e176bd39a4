#include "daemon/daemon.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bus/bus.h"
#include "daemon/control/api.h"
#include "daemon/control/app_row.h"
#include "daemon/control/intents.h"
#include "daemon/control/server.h"
#include "daemon/control/server_bind.h"
#include "daemon/keeper/keeper_link.h"
#include "daemon/log/log.h"
#include "daemon/loop/handles.h"
#include "daemon/notify.h"
#include "daemon/own_log.h"
#include "daemon/programs.h"
#include "daemon/run/supervisor.h"
#include "daemon/store/history.h"
#include "daemon/store/state.h"
#include "shared/base/clock.h"
#include "shared/base/diagnostics.h"
#include "shared/base/fdio.h"
#include "shared/base/log.h"
#include "shared/base/str.h"
#include "shared/config/home.h"
#include "shared/config/settings.h"

#define BECOME_RETRY_MS 1000
#define CLOSE_TIMEOUT_MS 5000
/* Heartbeats in one watchdog period. */
#define BEATS 3

struct daemon {
	uv_loop_t loop;
	struct handles handles;
	uv_signal_t signals[4];
	uv_timer_t beat_timer, become_timer, end_timer;
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

static void publish(struct daemon *d, enum event_type type, const char *detail)
{
	struct event event = {.type = type, .pm_id = -1, .number = -1, .code = -1, .signal = -1};

	if (detail)
		snprintf(event.detail, sizeof(event.detail), "%s", detail);
	bus_publish(d->bus, &event);
}

/* ---- the end ---- */

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
		if (strcmp(entry->d_name, "engine.state") == 0 || str_starts(entry->d_name, "spool."))
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

static void end(void *owner, bool forget, void (*done)(void *arg), void *arg)
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
	publish(d, EVENT_ENGINE_STOPPING, forget ? "the apps are forgotten" : NULL);
	notify_send("STOPPING=1");
	if (d->settings.shutdown_timeout_ms > 0)
		uv_timer_start(&d->end_timer, on_end_too_long, (uint64_t)d->settings.shutdown_timeout_ms, 0);
	supervisor_end(d->sup, forget, on_apps_gone, d);
}

/* ---- settings ---- */

static int read_settings(struct daemon *d, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *path = home_file(&d->home, "pmcd.ini");
	_cleanup_(diagnostics_done) struct diagnostics diags = {0};
	_cleanup_(str_done) struct str text = {0};
	int r = settings_read(&d->settings, path, &diags, err);

	if (diags.count > 0) {
		diagnostics_format(&diags, NULL, 0, &text);
		log_error("%s", str_cstr(&text));
		if (err)
			pmc_error_set(err, -EINVAL, "%s", str_cstr(&text));
	}
	return r;
}

static void start_watchdog(struct daemon *d);

static int reload(void *owner, struct pmc_error *err)
{
	struct daemon *d = owner;
	int r = read_settings(d, err);

	if (r < 0)
		return r;
	own_log_reopen(d->home.path, d->foreground);
	own_log_setup(d->home.path, d->foreground, &d->settings);
	start_watchdog(d);
	log_reopen(d->log);
	publish(d, EVENT_SETTINGS_READ, NULL);
	return 0;
}

static int resume(void *owner, struct pmc_error *err)
{
	struct daemon *d = owner;

	if (!supervisor_safe(d->sup))
		return pmc_error_set(err, -EALREADY, "it is not in safe mode");
	if (d->store_trouble) {
		pmc_error_set(err, -EUCLEAN, "%s", d->store_trouble);
		pmc_error_hint(err, "put a good state.db in its place, then `pmc daemon stop` and start again");
		return -EUCLEAN;
	}
	keeper_link_send(d->link, KEEPER_CALM, 0, NULL);
	intents_set_store(d->intents, d->store);
	supervisor_set_safe(d->sup, NULL);
	publish(d, EVENT_SAFE_MODE, "left by `pmc daemon resume`");
	return 0;
}

/* ---- signals, heartbeat, the keeper ---- */

static void on_signal(uv_signal_t *handle, int signal)
{
	struct daemon *d = handle->data;
	struct pmc_error err = {0};

	switch (signal) {
	case SIGHUP:
		if (reload(d, &err) < 0)
			log_error("settings not read: %s", err.message);
		break;
	case SIGUSR2:
		log_reopen(d->log);
		break;
	default:
		log_info("%s: stopping all apps", signal == SIGTERM ? "SIGTERM" : "SIGINT");
		end(d, false, NULL, NULL);
		break;
	}
}

static void watch_signals(struct daemon *d)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR2};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		handles_signal(&d->handles, &d->signals[i], d);
		uv_signal_start(&d->signals[i], on_signal, numbers[i]);
	}
	signal(SIGPIPE, SIG_IGN);
}

static void on_beat(uv_timer_t *timer)
{
	struct daemon *d = container_of(timer, struct daemon, beat_timer);

	atomic_store(&keeper_link_beat(d->link)->heartbeat_ns, clock_now_ns());
	own_log_cap(d->home.path, d->foreground, d->settings.log_size_bytes);
}

static void start_watchdog(struct daemon *d)
{
	uint64_t period = (uint64_t)d->settings.watchdog_ms;

	atomic_store(&keeper_link_beat(d->link)->heartbeat_ns, clock_now_ns());
	keeper_link_send(d->link, KEEPER_WATCH, period, NULL);
	if (period == 0)
		uv_timer_stop(&d->beat_timer);
	else
		uv_timer_start(&d->beat_timer, on_beat, period / BEATS, period / BEATS);
}

static void on_keeper_event(void *owner)
{
	struct daemon *d = owner;

	if (d->sup)
		supervisor_on_keeper_event(d->sup);
}

/* Execute pmc-keeper in this very process. Returns only when that fails; then it is tried again every second. */
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

static void on_keeper_death(void *owner)
{
	struct daemon *d = owner;

	log_warning("the keeper is gone: taking its place");
	if (d->sup)
		supervisor_on_keeper_death(d->sup);
	become_keeper(d);
	uv_timer_start(&d->become_timer, on_become_timer, BECOME_RETRY_MS, BECOME_RETRY_MS);
}

/* ---- the start ---- */

static void on_log_notice(void *owner, void *tag, int event, const char *detail)
{
	struct daemon *d = owner;

	supervisor_log_notice(d->sup, tag, event, detail);
}

static int build_base(struct daemon *d, struct pmc_error *err)
{
	struct keeper_link_callbacks callbacks = {on_keeper_event, on_keeper_death, d};
	struct log_callbacks log_callbacks = {on_log_notice, d};
	struct supervisor_setup setup;
	int r = keeper_link_create(&d->handles, &callbacks, &d->link, err);

	if (r < 0)
		return r;
	d->foreground = atomic_load(&keeper_link_header(d->link)->flags) & KEEPER_FOREGROUND;
	own_log_setup(d->home.path, d->foreground, &d->settings);
	d->bus = bus_create(&d->handles);
	d->log = log_create(&d->handles, FD_SHM_DIR, &log_callbacks);
	setup = (struct supervisor_setup){
		.loop = &d->loop,
		.link = d->link,
		.log = d->log,
		.bus = d->bus,
		.home = d->home.path,
		.home_id = d->home.id,
		.shm_dir_fd = FD_SHM_DIR,
		.use_cgroup = d->settings.cgroup == SETTINGS_CGROUP_AUTO,
	};
	return supervisor_create(&setup, &d->sup, err);
}

static void put_rows(struct daemon *d, const struct state_rows *rows)
{
	for (size_t i = 0; i < rows->app_count; i++) {
		struct pmc_error err = {0};
		struct app_row row;

		if (app_row_from_store(&rows->apps[i], &row, &err) < 0) {
			log_error("app %s in state.db makes no sense: %s", rows->apps[i].name, err.message);
			continue;
		}
		app_row_apply(&row, d->sup);
		app_row_done(&row);
	}
	for (size_t i = 0; i < rows->instance_count; i++) {
		const struct state_instance *row = &rows->instances[i];

		roster_put_instance(d->sup, row->app, row->pm_id, row->number, row->wanted, (uint64_t)row->generation);
	}
}

static void live_without_store(struct daemon *d, const struct pmc_error *err)
{
	d->store_trouble = mem_printf("%s%s%s", err->message, err->hint[0] ? ": " : "", err->hint);
	log_error("%s", d->store_trouble);
	supervisor_set_safe(d->sup, d->store_trouble);
	d->store = NULL;
}

static void be_safe(struct daemon *d)
{
	const struct keeper_header *header = keeper_link_header(d->link);
	_cleanup_(mem_freep) char *why =
		mem_printf("pmcd ended %u times in a row, the last by %s %d; apps keep running; "
			   "`pmc daemon resume` leaves it",
			   header->failed_starts, header->engine_code == CLD_EXITED ? "exit" : "signal",
			   header->engine_status);

	supervisor_set_safe(d->sup, why);
}

/* What the user wants, and whether we may act on it. A file that is corrupt stays so: safe mode. Any other trouble may pass: the
 * keeper starts the next engine, and after some of them that one lives without the store. */
static int read_store(struct daemon *d, struct pmc_error *err)
{
	bool safe = atomic_load(&keeper_link_header(d->link)->flags) & KEEPER_SAFE;
	struct state_rows rows = {0};
	int r = state_open(&d->loop, d->home.path, &d->store, &rows, err);

	if (r < 0 && r != -EUCLEAN && !safe)
		return r;
	if (r < 0) {
		live_without_store(d, err);
		return 0;
	}
	put_rows(d, &rows);
	state_rows_done(&rows);
	if (safe)
		be_safe(d);
	return 0;
}

static void build_api(struct daemon *d)
{
	const char *safe = supervisor_safe(d->sup);

	d->intents = intents_create(safe ? NULL : d->store, safe ? safe : "");
	d->history = history_create(&d->handles, d->bus, d->home.path, (int)d->settings.history_days);
	d->api_daemon = (struct api_daemon){
		.end = end,
		.reload = reload,
		.resume = resume,
		.started_us = clock_wall_us(),
		.owner = d,
	};
	d->api = (struct api_context){
		.loop = &d->loop,
		.supervisor = d->sup,
		.intents = d->intents,
		.home = &d->home,
		.history = d->history,
		.log = d->log,
		.settings = &d->settings,
		.bus = d->bus,
		.link = d->link,
		.version = PMC_VERSION,
		.daemon = &d->api_daemon,
	};
}

static void on_listener(int fd, void *owner)
{
	struct daemon *d = owner;

	keeper_link_put(d->link, SHELF_LISTENER, fd);
}

static int open_server(struct daemon *d, struct pmc_error *err)
{
	struct server_config config = {
		.api = &d->api,
		.home = d->home.path,
		.clients_max = (int)d->settings.clients_max,
		.on_listener = on_listener,
		.owner = d,
	};
	int on_shelf = keeper_link_shelf(d->link, SHELF_LISTENER), fd;

	if (on_shelf < 0) {
		on_shelf = server_bind(d->home.path, err);
		if (on_shelf < 0)
			return on_shelf;
		keeper_link_put(d->link, SHELF_LISTENER, on_shelf);
	}
	fd = fcntl(on_shelf, F_DUPFD_CLOEXEC, FD_FIRST);
	if (fd < 0)
		return pmc_error_errno(err, -errno, "cannot keep the control socket");
	d->server = server_create(&d->handles, fd, &config);
	return 0;
}

static void write_pid(const struct daemon *d, const char *name, int pid)
{
	_cleanup_(mem_freep) char *path = home_file(&d->home, name);
	_cleanup_(mem_freep) char *temporary = mem_printf("%s.new", path);
	_cleanup_(fdio_closep) int fd = -1;
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", pid);

	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fdio_write_all(fd, text, (size_t)len) < 0 || rename(temporary, path) < 0)
		log_warning("cannot write %s", path);
}

static void tell_start(struct daemon *d, int adopted)
{
	const struct keeper_header *header = keeper_link_header(d->link);
	_cleanup_(mem_freep) char *detail = NULL;

	if (header->engine_gen <= 1) {
		detail = adopted ? mem_printf("adopted %d apps", adopted) : NULL;
		publish(d, EVENT_ENGINE_STARTED, detail);
	} else {
		detail = mem_printf("the last one ended by %s %d; %d apps taken over",
				    header->engine_code == CLD_EXITED ? "exit" : "signal", header->engine_status, adopted);
		publish(d, EVENT_ENGINE_RESTARTED, detail);
	}
	if (header->keeper_gen > 1 && atomic_load(&keeper_link_beat(d->link)->told_keeper_gen) < header->keeper_gen) {
		_cleanup_(mem_freep) char *orphans = mem_printf("%u apps are orphans", roster_orphans(d->sup));

		publish(d, EVENT_KEEPER_REPLACED, orphans);
	}
	atomic_store(&keeper_link_beat(d->link)->told_keeper_gen, header->keeper_gen);
	if (supervisor_safe(d->sup))
		publish(d, EVENT_SAFE_MODE, supervisor_safe(d->sup));
}

static void become_ready(struct daemon *d)
{
	write_pid(d, "pmcd.pid", getpid());
	write_pid(d, "keeper.pid", keeper_link_header(d->link)->keeper_pid);
	start_watchdog(d);
	atomic_store(&keeper_link_beat(d->link)->ready_ns, clock_now_ns());
	notify_send("READY=1");
}

static int start(struct daemon *d, struct pmc_error *err)
{
	int r, adopted;

	r = home_find(&d->home, err);
	if (r == 0)
		r = home_make(&d->home, err);
	if (r < 0)
		return r;
	settings_init(&d->settings);
	if (read_settings(d, err) < 0 && err->code != -EINVAL)
		log_warning("settings not read: %s", err->message);
	*err = (struct pmc_error){0};
	r = build_base(d, err);
	if (r < 0)
		return r;
	own_log_cap(d->home.path, d->foreground, d->settings.log_size_bytes);
	r = read_store(d, err);
	if (r < 0)
		return r;
	build_api(d);
	adopted = supervisor_adopt(d->sup, d->store_trouble == NULL);
	tell_start(d, adopted);
	r = open_server(d, err);
	if (r < 0)
		return r;
	become_ready(d);
	return 0;
}

/* An earlier engine, or the keeper, was told to end: that is still so. */
static bool was_ending(const struct daemon *d)
{
	return (atomic_load(&keeper_link_header(d->link)->flags) & KEEPER_STOPPING) ||
	       (atomic_load(&keeper_link_beat(d->link)->flags) & BEAT_STOPPING);
}

int daemon_run(const char *home)
{
	struct daemon *d = mem_zalloc(sizeof(*d));
	struct pmc_error err = {0};

	setenv("PMC_HOME", home, 1);
	mallopt(M_ARENA_MAX, 1); /* one for each thread costs memory, and every clone of an app copies its page tables */
	uv_loop_init(&d->loop);
	handles_init(&d->handles, &d->loop);
	watch_signals(d);
	handles_timer(&d->handles, &d->beat_timer, d);
	handles_timer(&d->handles, &d->become_timer, d);
	handles_timer(&d->handles, &d->end_timer, d);
	if (start(d, &err) < 0) {
		log_error("pmcd cannot start: %s%s%s", err.message, err.hint[0] ? ": " : "", err.hint);
		return 1;
	}
	if (was_ending(d))
		end(d, false, NULL, NULL);
	uv_run(&d->loop, UV_RUN_DEFAULT);
	while (uv_loop_close(&d->loop) == UV_EBUSY)
		uv_run(&d->loop, UV_RUN_ONCE); /* handles of instances close a turn later */
	keeper_link_destroy(d->link); /* its handles are closed by now */
	settings_done(&d->settings);
	home_done(&d->home);
	free(d->store_trouble);
	free(d);
	return 0;
}
