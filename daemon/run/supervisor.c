#include "daemon/run/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/bus/bus.h"
#include "daemon/keeper/keeper_link.h"
#include "daemon/run/cgroup.h"
#include "daemon/run/cpus.h"
#include "daemon/run/instance_exit.h"
#include "daemon/run/instance_stop.h"
#include "daemon/run/procfs.h"
#include "daemon/run/spawn_area.h"
#include "daemon/run/strays.h"
#include "daemon/run/supervisor_private.h"
#include "daemon/run/sweep.h"
#include "shared/base/fdio.h"
#include "shared/base/log.h"

/* Two log pipes that stay; for the moment of a start their other ends, the report pipe, a pidfd, a
 * cgroup. */
#define DESCRIPTORS_PER_START 3
/* For clients, stores and the end. */
#define DESCRIPTORS_KEPT 20

/* Ends of descendants are told by the keeper; this is for those that are not its children. */
#define TREE_LOOK_MS 50

static void check_end(struct supervisor *sup)
{
	void (*fn)(void *owner) = sup->end_fn;

	if (!fn)
		return;
	for (size_t i = 0; i < sup->count; i++) {
		struct instance *inst = sup->instances[i];
		enum instance_state state = instance_state(inst);

		if (lifecycle_is_stuck(&inst->entry->now.life))
			continue; /* SIGKILL waits for it where it hangs */
		if (inst->deleting || (state != STATE_STOPPED && state != STATE_ERRORED))
			return;
	}
	sup->end_fn = NULL;
	fn(sup->end_owner);
}

static void on_tree_look(uv_timer_t *timer)
{
	struct supervisor *sup = container_of(timer, struct supervisor, tree_timer);
	bool any = false;

	strays_changed(sup->context.strays);
	for (size_t i = 0; i < sup->count; i++) {
		any = any || sup->instances[i]->entry->now.life.leader_gone;
		instance_stop_check(sup->instances[i]);
	}
	if (!any)
		uv_timer_stop(timer);
}

static void on_step(struct instance *inst, unsigned actions, void *owner)
{
	struct supervisor *sup = owner;

	order_look(inst);
	if (inst->entry->now.life.leader_gone && !uv_is_active((uv_handle_t *)&sup->tree_timer))
		uv_timer_start(&sup->tree_timer, on_tree_look, TREE_LOOK_MS, TREE_LOOK_MS);
	check_end(sup);
}

static void remove_app(struct supervisor *sup, struct app *app)
{
	for (struct app **at = &sup->apps; *at; at = &(*at)->next) {
		if (*at != app)
			continue;
		*at = app->next;
		app_destroy(app);
		return;
	}
}

static void on_gone(struct instance *inst, void *owner)
{
	struct supervisor *sup = owner;
	struct app *app = inst->app;

	order_gone(inst);
	for (struct instance **at = &app->instances; *at; at = &(*at)->next_in_app) {
		if (*at != inst)
			continue;
		*at = inst->next_in_app;
		break;
	}
	for (size_t i = 0; i < sup->count; i++) {
		if (sup->instances[i] != inst)
			continue;
		sup->count--;
		memmove(&sup->instances[i], &sup->instances[i + 1],
			(sup->count - i) * sizeof(*sup->instances));
		break;
	}
	app->instance_count--;
	inst->app = NULL;
	if (!app->instances)
		remove_app(sup, app);
	if (sup->count == 0)
		sup->next_pm_id = 0; /* as PM2: numbers begin anew when the table is empty */
	check_end(sup);
}

/* Not known: no app has the same. */
static int own_oom_score(void)
{
	char text[16];

	return fdio_read_small(AT_FDCWD, "/proc/self/oom_score_adj", text, sizeof(text)) > 0
		       ? atoi(text)
		       : INT_MIN;
}

static void find_cgroup(struct supervisor *sup, const struct supervisor_setup *setup)
{
	char name[64];
	struct pmc_error err = {0};

	if (!setup->use_cgroup) {
		sup->cgroup_note = mem_strdup("switched off (cgroup = off)");
		return;
	}
	snprintf(name, sizeof(name), "pmc-%u-%.8s", geteuid(), setup->home_id);
	if (cgroup_open(name, &sup->context.cgroup, &err) < 0)
		sup->cgroup_note = mem_strdup(err.message);
}

int supervisor_create(const struct supervisor_setup *setup, struct supervisor **ret_sup,
		      struct pmc_error *err)
{
	struct supervisor *sup = mem_zalloc(sizeof(*sup));
	const struct keeper_header *header = keeper_link_header(setup->link);
	struct identity self;
	int r;

	sup->context = (struct run_context){
		.loop = setup->loop,
		.link = setup->link,
		.log = setup->log,
		.bus = setup->bus,
		.home = setup->home,
		.home_id = setup->home_id,
		.oom_score_adj = own_oom_score(),
	};
	if (identity_resolve(NULL, NULL, &self, NULL) == 0)
		sup->user = mem_strdup(self.name);
	sup->context.user = sup->user;
	sup->observer =
		(struct instance_observer){.on_step = on_step, .on_gone = on_gone, .owner = sup};
	r = slots_open(setup->shm_dir_fd, header->boot_id,
		       header->engine_gen == 1 && header->keeper_gen == 1, &sup->context.slots,
		       err);
	if (r < 0) {
		free(sup);
		return r;
	}
	sup->context.strays = strays_create(setup->link, setup->home_id);
	sup->context.area = spawn_area_create();
	sup->context.sweep = sweep_create(setup->loop, setup->home_id);
	find_cgroup(sup, setup);
	sup->orphans_reaped = atomic_load(&header->orphans_reaped);
	handles_init(&sup->handles, setup->loop);
	handles_timer(&sup->handles, &sup->tree_timer, sup);
	*ret_sup = sup;
	return 0;
}

static void on_closed(void *owner)
{
	struct supervisor *sup = owner;
	void (*fn)(void *) = sup->destroy_fn;
	void *fn_owner = sup->destroy_owner;

	while (sup->apps) {
		struct app *app = sup->apps;

		sup->apps = app->next;
		app_destroy(app);
	}
	strays_destroy(sup->context.strays);
	sweep_destroy(sup->context.sweep);
	spawn_area_destroy(sup->context.area);
	slots_close(sup->context.slots);
	cgroup_close(sup->context.cgroup);
	free(sup->instances);
	free(sup->safe_why);
	free(sup->cgroup_note);
	free(sup->user);
	free(sup);
	fn(fn_owner);
}

void supervisor_destroy(struct supervisor *sup, void (*fn)(void *owner), void *owner)
{
	for (size_t i = 0; i < sup->count; i++)
		instance_abandon(sup->instances[i]);
	sup->count = 0;
	sup->destroy_fn = fn;
	sup->destroy_owner = owner;
	handles_close(&sup->handles, on_closed, sup);
}

void supervisor_set_safe(struct supervisor *sup, const char *why)
{
	free(sup->safe_why);
	sup->safe_why = mem_strdup(why);
	sup->context.safe = why != NULL;
}

const char *supervisor_safe(const struct supervisor *sup)
{
	return sup->safe_why;
}

static void tell_unknown_strays(struct supervisor *sup)
{
	struct stray stray;

	while (strays_next_unknown(sup->context.strays, &stray)) {
		struct event event = {.type = EVENT_APP_STRAY,
				      .pm_id = -1,
				      .number = -1,
				      .pid = stray.pid,
				      .code = -1,
				      .signal = -1};

		snprintf(event.detail, sizeof(event.detail),
			 "pid %d (%s) belongs to no app that we know: it wiped its environment and "
			 "left the session",
			 stray.pid, stray.comm);
		bus_publish(sup->context.bus, &event);
	}
}

/* All ends are found before the first is dealt with: one look at what they left behind serves them
 * all, and must not be older than any of them. */
static void take_ends(struct supervisor *sup)
{
	size_t count = 0;
	struct instance **ended = mem_zalloc((sup->count + 1) * sizeof(struct instance *));

	for (size_t i = 0; i < sup->count; i++)
		if (instance_exit_is_new(sup->instances[i]))
			ended[count++] = sup->instances[i];
	strays_changed(sup->context.strays);
	for (size_t i = 0; i < count; i++)
		instance_exit_begin(ended[i]);
	free(ended);
}

void supervisor_on_keeper_event(struct supervisor *sup)
{
	uint32_t reaped = atomic_load(&keeper_link_header(sup->context.link)->orphans_reaped);

	take_ends(sup);
	if (reaped == sup->orphans_reaped)
		return;
	sup->orphans_reaped = reaped;
	for (size_t i = 0; i < sup->count; i++)
		instance_stop_check(sup->instances[i]);
	tell_unknown_strays(sup);
}

void supervisor_on_keeper_death(struct supervisor *sup)
{
	sup->context.keeper_gone = true;
}

static void note_log(struct instance *inst, int event_type, const char *detail)
{
	if (event_type == EVENT_LOG_DROPPED)
		return;
	free(inst->log_trouble);
	inst->log_trouble = NULL;
	if (event_type == EVENT_LOG_STALLED) {
		inst->log_trouble = mem_printf("log stalled: %s", detail);
		log_warning("%s:%d: %s", inst->app->spec.name, inst->number, inst->log_trouble);
	}
}

void supervisor_log_notice(struct supervisor *sup, void *tag, int event_type, const char *detail)
{
	for (size_t i = 0; i < sup->count; i++) {
		if (sup->instances[i] != tag)
			continue;
		note_log(tag, event_type, detail);
		instance_publish(tag, event_type, detail);
	}
}

void supervisor_kill(struct supervisor *sup)
{
	for (size_t i = 0; i < sup->count; i++)
		if (state_has_process(instance_state(sup->instances[i])))
			instance_stop_kill(sup->instances[i]);
}

void supervisor_end(struct supervisor *sup, bool forget, void (*fn)(void *owner), void *owner)
{
	size_t count = sup->count;
	struct instance **all = mem_dup(sup->instances, count * sizeof(struct instance *));

	sup->context.ending = true;
	sup->end_fn = fn;
	sup->end_owner = owner;
	for (size_t i = 0; i < count; i++) {
		if (forget)
			instance_delete(all[i], REASON_DAEMON);
		else
			instance_ask(all[i], LIFE_STOP, REASON_DAEMON, 0);
	}
	free(all);
	check_end(sup);
}

const char *supervisor_cgroup_note(const struct supervisor *sup)
{
	return sup->cgroup_note;
}

int supervisor_cpus(void)
{
	return cpus_allowed();
}

struct supervisor_base supervisor_base(const struct supervisor *sup)
{
	const struct keeper_header *header = keeper_link_header(sup->context.link);

	return (struct supervisor_base){
		.keeper_pid = header->keeper_pid,
		.engine_restarts = (int)header->engine_gen - 1,
		.keeper_restarts = (int)header->keeper_gen - 1,
		.fds_lost = header->fds_lost,
	};
}

int supervisor_has_room(size_t starts, struct pmc_error *err)
{
	int64_t needed = (int64_t)starts * DESCRIPTORS_PER_START, left;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return 0;
	left = (int64_t)limit.rlim_cur - procfs_own_descriptors() - DESCRIPTORS_KEPT;
	if (left >= needed)
		return 0;
	pmc_error_set(err, -EMFILE, "needs %lld descriptors, %lld left", (long long)needed,
		      (long long)(left > 0 ? left : 0));
	return pmc_error_hint(
		err, "raise the limit of open files (ulimit -Hn) and start the daemon again");
}
