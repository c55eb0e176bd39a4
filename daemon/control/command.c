#include "daemon/control/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control/action.h"
#include "daemon/control/api.h"
#include "daemon/control/app_row.h"
#include "daemon/control/intents.h"
#include "daemon/control/request.h"
#include "daemon/run/supervisor.h"
#include "daemon/store/state.h"
#include "shared/base/clock.h"
#include "shared/base/diagnostics.h"
#include "shared/base/str.h"
#include "shared/base/strlist.h"
#include "shared/spec/spec_json.h"

struct command {
	struct intent intent;
	enum order_verb verb;
	struct action *action;
	struct strlist targets;
	int *pm_ids;
	size_t count;
	struct app_row *changed; /* apps that get other options or another environment */
	size_t changed_count;
	uint64_t generation;
	size_t at_a_time; /* 0: all */
	bool force;
	struct pmc_error conflict; /* code 0: there is none */
};

static struct command *of(struct intent *intent)
{
	return container_of(intent, struct command, intent);
}

static struct supervisor *sup_of(const struct command *cmd)
{
	return cmd->intent.req->api->supervisor;
}

/* The environment that was sent, and over it what was sent for this app alone. New reference. */
static json_t *env_of(const struct command *cmd, const char *name)
{
	const json_t *params = cmd->intent.req->params;
	json_t *env = json_copy(json_object_get(params, "env"));
	json_t *own = json_object_get(json_object_get(params, "app_env"), name);

	if (json_is_object(env) && json_is_object(own))
		json_object_update(env, own);
	return env;
}

static int change_app(struct command *cmd, const char *name, struct pmc_error *err)
{
	json_t *options = json_object_get(cmd->intent.req->params, "options");
	_cleanup_(json_decrefp) json_t *env = env_of(cmd, name);
	struct app_row *row;
	int r;

	for (size_t i = 0; i < cmd->changed_count; i++)
		if (strcmp(cmd->changed[i].spec.name, name) == 0)
			return 0;
	cmd->changed = mem_resize(cmd->changed, cmd->changed_count + 1, sizeof(*cmd->changed));
	row = &cmd->changed[cmd->changed_count++];
	app_row_from_roster(row, sup_of(cmd), name);
	r = options ? app_row_merge(row, options, err) : 0;
	if (r == 0 && env)
		app_row_set_env(row, env);
	return r;
}

static int change_apps(struct command *cmd, struct state_change *change, struct pmc_error *err)
{
	const json_t *params = cmd->intent.req->params;
	int r = 0;

	if (!json_object_get(params, "options") && !json_object_get(params, "env"))
		return 0;
	for (size_t i = 0; r == 0 && i < cmd->count; i++) {
		struct facts facts;

		facts_fill(roster_find(sup_of(cmd), cmd->pm_ids[i]), false, &facts);
		r = change_app(cmd, facts.spec->name, err);
		facts_done(&facts);
	}
	for (size_t i = 0; r == 0 && i < cmd->changed_count; i++)
		app_row_store(&cmd->changed[i], change);
	return r;
}

/* An app whose last instance goes is forgotten as well. */
static void store_delete(struct command *cmd, struct state_change *change)
{
	_cleanup_(strlist_done) struct strlist apps = {0};

	for (size_t i = 0; i < cmd->count; i++)
		state_change_delete_instance(change, cmd->pm_ids[i]);
	roster_apps_emptied(sup_of(cmd), cmd->pm_ids, cmd->count, &apps);
	for (size_t i = 0; i < apps.count; i++)
		state_change_delete_app(change, apps.items[i]);
}

static void store_instances(struct command *cmd, struct state_change *change)
{
	for (size_t i = 0; i < cmd->count; i++) {
		struct facts facts;
		struct state_instance row;

		facts_fill(roster_find(sup_of(cmd), cmd->pm_ids[i]), false, &facts);
		row = (struct state_instance){facts.pm_id, facts.spec->name, facts.number,
					      cmd->verb != ORDER_STOP, (int64_t)cmd->generation};
		state_change_put_instance(change, &row);
		facts_done(&facts);
	}
}

/* An app is reloaded once at a time, or two of its instances would be away together. */
static bool conflicts(struct command *cmd)
{
	if (cmd->verb != ORDER_RELOAD || cmd->force)
		return false;
	for (size_t i = 0; i < cmd->count && !cmd->conflict.code; i++) {
		struct facts facts;

		facts_fill(roster_find(sup_of(cmd), cmd->pm_ids[i]), false, &facts);
		if (roster_is_reloading(sup_of(cmd), facts.spec->name))
			command_conflict(facts.spec->name, &cmd->conflict);
		facts_done(&facts);
	}
	return cmd->conflict.code != 0;
}

static int plan(struct intent *intent, struct state_change *change, const char **ret_code,
		struct pmc_error *err)
{
	struct command *cmd = of(intent);

	cmd->generation = (uint64_t)clock_wall_us();
	cmd->action = action_create(intent->req);
	action_pace(cmd->action, cmd->at_a_time, cmd->verb == ORDER_RELOAD);
	cmd->count = action_select(cmd->action, &cmd->targets, &cmd->pm_ids);
	if (cmd->verb != ORDER_STOP && cmd->verb != ORDER_DELETE && cmd->count > 0 &&
	    supervisor_has_room(1, err) < 0) {
		*ret_code = "refused";
		return -EMFILE;
	}
	if (conflicts(cmd)) {
		state_change_only_ask(change);
		return 0;
	}
	if (cmd->verb == ORDER_DELETE)
		store_delete(cmd, change);
	else
		store_instances(cmd, change);
	return change_apps(cmd, change, err);
}

/* PM2's rule: who starts what runs wants it anew. */
static enum order_verb verb_for(const struct command *cmd, int pm_id)
{
	enum order_verb verb = cmd->verb;
	struct facts facts;

	if (verb != ORDER_START)
		return verb;
	facts_fill(roster_find(sup_of(cmd), pm_id), false, &facts);
	if (facts.state == STATE_ONLINE)
		verb = ORDER_RESTART;
	facts_done(&facts);
	return verb;
}

static void carry_out(struct command *cmd, bool again)
{
	for (size_t i = 0; i < cmd->changed_count; i++)
		app_row_apply(&cmd->changed[i], sup_of(cmd));
	for (size_t i = 0; i < cmd->count; i++)
		action_order(cmd->action, cmd->pm_ids[i], verb_for(cmd, cmd->pm_ids[i]),
			     cmd->generation, again);
	action_seal(steal_ptr(&cmd->action));
}

static void act(struct intent *intent, const char *unstored)
{
	struct command *cmd = of(intent);

	if (cmd->conflict.code) {
		request_fail(intent->req, "conflict", &cmd->conflict);
		return;
	}
	if (unstored) {
		_cleanup_(mem_freep) char *note = mem_printf(
			"stopped, but that could not be stored: the next daemon starts it again "
			"(%s)",
			unstored);

		action_note(cmd->action, note);
	}
	carry_out(cmd, false);
}

static void repeat(struct intent *intent)
{
	if (of(intent)->verb == ORDER_DELETE)
		action_forgive(of(intent)->action);
	carry_out(of(intent), true);
}

static void destroy(struct intent *intent)
{
	struct command *cmd = of(intent);

	if (cmd->action)
		action_cancel(cmd->action);
	for (size_t i = 0; i < cmd->changed_count; i++)
		app_row_done(&cmd->changed[i]);
	free(cmd->changed);
	free(cmd->pm_ids);
	strlist_done(&cmd->targets);
	free(cmd);
}

void command_conflict(const char *app, struct pmc_error *err)
{
	pmc_error_set(err, -EEXIST, "a reload of %s is under way", app);
	pmc_error_hint(err, "wait until it is through, or use --force");
}

static int read_params(struct command *cmd, const struct request *req, struct pmc_error *err)
{
	int r = request_get_list(req, "targets", &cmd->targets, err);

	cmd->at_a_time = cmd->verb == ORDER_RELOAD ? 1 : 0;
	if (r >= 0)
		r = action_read_parallel(req, &cmd->at_a_time, err);
	if (r >= 0)
		r = request_get_bool(req, "force", &cmd->force, err);
	return r;
}

void command_run(struct request *req, enum order_verb verb)
{
	struct command *cmd = mem_zalloc(sizeof(*cmd));
	struct pmc_error err = {0};

	cmd->verb = verb;
	cmd->intent = (struct intent){
		.req = req,
		.plan = plan,
		.act = act,
		.repeat = repeat,
		.destroy = destroy,
		.even_unstored = verb == ORDER_STOP,
	};
	if (read_params(cmd, req, &err) < 0) {
		request_fail(req, "bad-params", &err);
		destroy(&cmd->intent);
		return;
	}
	intents_submit(req->api->intents, &cmd->intent);
}
