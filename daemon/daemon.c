#include "daemon/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bus/bus.h"
#include "daemon/control/app_row.h"
#include "daemon/control/intents.h"
#include "daemon/control/server.h"
#include "daemon/control/server_bind.h"
#include "daemon/daemon_care.h"
#include "daemon/daemon_end.h"
#include "daemon/daemon_private.h"
#include "daemon/keeper/keeper_link.h"
#include "daemon/log/log.h"
#include "daemon/notify.h"
#include "daemon/own_log.h"
#include "daemon/run/supervisor.h"
#include "daemon/store/history.h"
#include "daemon/store/state.h"
#include "shared/base/clock.h"
#include "shared/base/fdio.h"
#include "shared/base/log.h"

void daemon_publish(struct daemon *d, enum event_type type, const char *detail)
{
	struct event event = {.type = type, .pm_id = -1, .number = -1, .code = -1, .signal = -1};

	if (detail)
		snprintf(event.detail, sizeof(event.detail), "%s", detail);
	bus_publish(d->bus, &event);
}

static void on_log_notice(void *owner, void *tag, int event, const char *detail)
{
	struct daemon *d = owner;

	supervisor_log_notice(d->sup, tag, event, detail);
}

static int build_base(struct daemon *d, struct pmc_error *err)
{
	struct keeper_link_callbacks callbacks = {daemon_care_on_keeper_event,
						  daemon_care_on_keeper_death, d};
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
			log_error("app %s in state.db makes no sense: %s", rows->apps[i].name,
				  err.message);
			continue;
		}
		app_row_apply(&row, d->sup);
		app_row_done(&row);
	}
	for (size_t i = 0; i < rows->instance_count; i++) {
		const struct state_instance *row = &rows->instances[i];

		roster_put_instance(d->sup, row->app, row->pm_id, row->number, row->wanted,
				    (uint64_t)row->generation);
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
	_cleanup_(mem_freep) char *why = mem_printf(
		"pmcd ended %u times in a row, the last by %s %d; apps keep running; "
		"`pmc daemon resume` leaves it",
		header->failed_starts, header->engine_code == CLD_EXITED ? "exit" : "signal",
		header->engine_status);

	supervisor_set_safe(d->sup, why);
}

/* What the user wants, and whether we may act on it. A file that is corrupt stays so: safe mode.
 * Any other trouble may pass: the keeper starts the next engine, and after some of them that one
 * lives without the store. */
static int read_store(struct daemon *d, struct pmc_error *err)
{
	bool safe = atomic_load(&keeper_link_header(d->link)->flags) & KEEPER_SAFE;
	struct state_rows rows = {0};
	int r = state_open(&d->handles, d->home.path, &d->store, &rows, err);

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

	d->intents = intents_create(d->store, safe);
	d->history =
		history_create(&d->handles, d->bus, d->home.path, FD_SHM_DIR,
			       keeper_link_header(d->link)->boot_id, (int)d->settings.history_days);
	d->api_daemon = (struct api_daemon){
		.end = daemon_end,
		.reload = daemon_care_reload,
		.resume = daemon_care_resume,
		.started_us = clock_wall_us(),
		.owner = d,
	};
	d->api = (struct api_context){
		.loop = &d->loop,
		.supervisor = d->sup,
		.intents = d->intents,
		.home = &d->home,
		.history = d->history,
		.settings = &d->settings,
		.bus = d->bus,
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
		daemon_publish(d, EVENT_ENGINE_STARTED, detail);
	} else {
		bool hung = atomic_load(&header->flags) & KEEPER_HUNG;

		detail = mem_printf("the last one %s %s %d; %d apps taken over",
				    hung ? "hung and was ended by" : "ended by",
				    header->engine_code == CLD_EXITED ? "exit" : "signal",
				    header->engine_status, adopted);
		daemon_publish(d, EVENT_ENGINE_RESTARTED, detail);
	}
	if (header->keeper_gen > 1 &&
	    atomic_load(&keeper_link_beat(d->link)->told_keeper_gen) < header->keeper_gen) {
		_cleanup_(mem_freep) char *orphans =
			mem_printf("%u apps are orphans", roster_orphans(d->sup));

		daemon_publish(d, EVENT_KEEPER_REPLACED, orphans);
	}
	atomic_store(&keeper_link_beat(d->link)->told_keeper_gen, header->keeper_gen);
	if (supervisor_safe(d->sup))
		daemon_publish(d, EVENT_SAFE_MODE, supervisor_safe(d->sup));
}

static void become_ready(struct daemon *d)
{
	write_pid(d, "keeper.pid", keeper_link_header(d->link)->keeper_pid);
	write_pid(d, "pmcd.pid", getpid()); /* last: who sees it change finds the other right */
	daemon_care_start_watchdog(d);
	atomic_store(&keeper_link_beat(d->link)->ready_ns, clock_now_ns());
	notify_send("READY=1");
	log_info("ready: %zu instances, %s", roster_count(d->sup), d->home.path);
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
	if (daemon_care_read_settings(d, err) < 0 && err->code != -EINVAL)
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
	mallopt(M_ARENA_MAX, 1); /* one for each thread costs memory, and every clone of an app
				    copies its page tables */
	uv_loop_init(&d->loop);
	handles_init(&d->handles, &d->loop);
	daemon_care_begin(d);
	if (start(d, &err) < 0) {
		log_error("pmcd cannot start: %s%s%s", err.message, err.hint[0] ? ": " : "",
			  err.hint);
		return 1;
	}
	if (was_ending(d))
		daemon_end(d, false, NULL, NULL);
	uv_run(&d->loop, UV_RUN_DEFAULT);
	while (uv_loop_close(&d->loop) == UV_EBUSY)
		uv_run(&d->loop, UV_RUN_ONCE); /* handles of instances close a turn later */
	keeper_link_destroy(d->link);	       /* its handles are closed by now */
	settings_done(&d->settings);
	home_done(&d->home);
	free(d->store_trouble);
	free(d);
	return 0;
}
