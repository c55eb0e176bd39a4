#include "daemon/control/launch_apps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control/action.h"
#include "daemon/control/api.h"
#include "daemon/control/command.h"
#include "daemon/control/intents.h"
#include "daemon/control/request.h"
#include "daemon/run/supervisor.h"
#include "daemon/store/state.h"
#include "shared/base/clock.h"

enum fate { FATE_NEW, FATE_AGAIN, FATE_STAYS, FATE_GOES };

struct member {
	const struct launch_app *app;
	int pm_id, number;
	enum fate fate;
	bool stopped; /* new: listed, not started */
};

struct launch {
	struct intent intent;
	struct launch_app *apps;
	size_t app_count;
	struct member *members;
	size_t member_count;
	uint64_t generation;
	struct launch_pace pace;
	struct pmc_error conflict; /* code 0: there is none */
};

static struct launch *of(struct intent *intent)
{
	return container_of(intent, struct launch, intent);
}

static void add_member(struct launch *launch, const struct launch_app *app, int pm_id, int number,
		       enum fate fate)
{
	launch->members =
		mem_resize(launch->members, launch->member_count + 1, sizeof(*launch->members));
	launch->members[launch->member_count++] = (struct member){app, pm_id, number, fate, false};
}

static int wanted_count(const struct launch_app *app)
{
	return app->instances >= 0 ? app->instances
				   : app_spec_instance_count(&app->row.spec, supervisor_cpus());
}

static int new_members(const struct launch *launch)
{
	int count = 0;

	for (size_t i = 0; i < launch->member_count; i++)
		count += launch->members[i].fate == FATE_NEW;
	return count;
}

/* The number that the saved instance had, if no other has it; else the lowest free one. */
static int new_number(const struct launch_saved *saved, const int *numbers, size_t have)
{
	if (!saved || saved->number < 0 || saved->number >= PLAN_INSTANCES_MAX)
		return plan_free_number(numbers, have);
	for (size_t i = 0; i < have; i++)
		if (numbers[i] == saved->number)
			return plan_free_number(numbers, have);
	return saved->number;
}

/* Which instances stay, which go (the highest numbers first), which are new (the lowest free
 * numbers). */
static void plan_members(struct launch *launch, const struct launch_app *app,
			 const struct supervisor *sup)
{
	int pm_ids[PLAN_INSTANCES_MAX], numbers[PLAN_INSTANCES_MAX];
	size_t have =
		roster_app_instances(sup, app->row.spec.name, pm_ids, numbers, ARRAY_SIZE(pm_ids));
	int wanted = wanted_count(app), next = roster_next_pm_id(sup) + new_members(launch);

	for (; (int)have > wanted; have--) {
		int at = plan_highest(numbers, have);

		add_member(launch, app, pm_ids[at], numbers[at], FATE_GOES);
		pm_ids[at] = pm_ids[have - 1];
		numbers[at] = numbers[have - 1];
	}
	for (size_t i = 0; i < have; i++)
		add_member(launch, app, pm_ids[i], numbers[i],
			   app->only_scale ? FATE_STAYS : FATE_AGAIN);
	for (; (int)have < wanted; have++) {
		const struct launch_saved *saved = app->saved ? &app->saved[have] : NULL;

		numbers[have] = new_number(saved, numbers, have);
		add_member(launch, app, next++, numbers[have], FATE_NEW);
		launch->members[launch->member_count - 1].stopped = saved && saved->stopped;
	}
}

static bool shall_run(const struct member *member)
{
	return !member->stopped && (member->app->row.spec.autostart || member->fate == FATE_AGAIN);
}

static void store_member(const struct launch *launch, const struct member *member,
			 struct state_change *change)
{
	struct state_instance row = {
		.pm_id = member->pm_id,
		.app = member->app->row.spec.name,
		.number = member->number,
		.wanted = shall_run(member),
		.generation = (int64_t)launch->generation,
	};

	if (member->fate == FATE_GOES)
		state_change_delete_instance(change, member->pm_id);
	else if (member->fate != FATE_STAYS)
		state_change_put_instance(change, &row);
}

static void store_app(const struct launch_app *app, struct state_change *change)
{
	if (wanted_count(app) > 0)
		app_row_store(&app->row, change);
	else
		state_change_delete_app(change, app->row.spec.name);
}

/* As with one that is reloaded by name; see command.c. */
static bool conflicts(struct launch *launch, const struct supervisor *sup)
{
	for (size_t i = 0; launch->pace.reload && !launch->pace.force && i < launch->app_count;
	     i++) {
		const char *name = launch->apps[i].row.spec.name;

		if (roster_is_reloading(sup, name))
			command_conflict(name, &launch->conflict);
	}
	return launch->conflict.code != 0;
}

static int plan(struct intent *intent, struct state_change *change, const char **ret_code,
		struct pmc_error *err)
{
	struct launch *launch = of(intent);
	const struct supervisor *sup = intent->req->api->supervisor;

	launch->generation = (uint64_t)clock_wall_us();
	for (size_t i = 0; i < launch->app_count; i++) {
		struct launch_app *app = &launch->apps[i];
		const char *name = app->row.spec.name;

		if (roster_app_spec(sup, name) && app->keep_env) {
			keyval_done(&app->row.env);
			app->row.env = (struct keyval){0};
			keyval_copy(&app->row.env, roster_app_env(sup, name));
		}
		plan_members(launch, app, sup);
	}
	if (roster_count(sup) + (size_t)new_members(launch) > PLAN_INSTANCES_MAX) {
		*ret_code = "refused";
		return pmc_error_set(
			err, -ENOSPC,
			"%zu instances there are, %d more would be over the limit of %d",
			roster_count(sup), new_members(launch), PLAN_INSTANCES_MAX);
	}
	if (new_members(launch) > 0 && supervisor_has_room((size_t)new_members(launch), err) < 0) {
		*ret_code = "refused";
		return -EMFILE;
	}
	if (conflicts(launch, sup)) {
		state_change_only_ask(change);
		return 0;
	}
	for (size_t i = 0; i < launch->app_count; i++)
		store_app(&launch->apps[i], change);
	for (size_t i = 0; i < launch->member_count; i++)
		store_member(launch, &launch->members[i], change);
	return 0;
}

static void order_member(struct launch *launch, struct action *action, const struct member *member,
			 bool again)
{
	static const enum order_verb verbs[] = {
		[FATE_NEW] = ORDER_START,
		[FATE_AGAIN] = ORDER_RESTART,
		[FATE_GOES] = ORDER_DELETE,
	};

	if (member->fate == FATE_STAYS)
		return;
	if (member->fate == FATE_AGAIN && launch->pace.reload)
		action_order(action, member->pm_id, ORDER_RELOAD, launch->generation, again);
	else if (member->fate == FATE_NEW && !shall_run(member))
		action_add(action, member->app->row.spec.name, member->pm_id, member->number, true,
			   NULL);
	else
		action_order(action, member->pm_id, verbs[member->fate], launch->generation, again);
}

static void carry_out(struct launch *launch, bool again)
{
	struct supervisor *sup = launch->intent.req->api->supervisor;
	struct action *action = action_create(launch->intent.req);

	action_pace(action, launch->pace.at_a_time, launch->pace.reload);
	for (size_t i = 0; !again && i < launch->app_count; i++)
		app_row_apply(&launch->apps[i].row, sup);
	for (size_t i = 0; !again && i < launch->member_count; i++) {
		const struct member *member = &launch->members[i];

		if (member->fate == FATE_NEW)
			roster_put_instance(sup, member->app->row.spec.name, member->pm_id,
					    member->number, shall_run(member), launch->generation);
	}
	for (size_t i = 0; i < launch->member_count; i++)
		order_member(launch, action, &launch->members[i], again);
	action_seal(action);
}

static void act(struct intent *intent, const char *unstored)
{
	struct launch *launch = of(intent);

	if (launch->conflict.code)
		request_fail(intent->req, "conflict", &launch->conflict);
	else
		carry_out(launch, false);
}

/* Stored before: its instances are in the roster by now, so the plan finds them as such. */
static void repeat(struct intent *intent)
{
	carry_out(of(intent), true);
}

static void destroy(struct intent *intent)
{
	struct launch *launch = of(intent);

	for (size_t i = 0; i < launch->app_count; i++)
		launch_apps_done(&launch->apps[i]);
	free(launch->apps);
	free(launch->members);
	free(launch);
}

void launch_apps_done(struct launch_app *app)
{
	app_row_done(&app->row);
	free(app->saved);
}

void launch_apps_run(struct request *req, struct launch_app *apps, size_t count,
		     const struct launch_pace *pace)
{
	struct launch *launch = mem_zalloc(sizeof(*launch));

	launch->apps = apps;
	launch->app_count = count;
	launch->pace = pace ? *pace : (struct launch_pace){0};
	launch->intent = (struct intent){
		.req = req, .plan = plan, .act = act, .repeat = repeat, .destroy = destroy};
	intents_submit(req->api->intents, &launch->intent);
}
