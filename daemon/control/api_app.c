/* The methods of apps that take no more than a call: what they do is command's, launch_apps' and
 * the supervisor's. */
#include <errno.h>
#include <stdlib.h>

#include "daemon/control/action.h"
#include "daemon/control/api.h"
#include "daemon/control/command.h"
#include "daemon/control/intents.h"
#include "daemon/control/launch_apps.h"
#include "daemon/control/request.h"
#include "daemon/run/supervisor.h"
#include "shared/base/str.h"
#include "shared/base/strlist.h"
#include "shared/base/units.h"

void api_app_begin(struct request *req)
{
	command_run(req, ORDER_START);
}

void api_app_stop(struct request *req)
{
	command_run(req, ORDER_STOP);
}

void api_app_restart(struct request *req)
{
	command_run(req, ORDER_RESTART);
}

void api_app_reload(struct request *req)
{
	command_run(req, ORDER_RELOAD);
}

void api_app_delete(struct request *req)
{
	command_run(req, ORDER_DELETE);
}

static void drop_apps(struct launch_app *apps, size_t count)
{
	for (size_t i = 0; i < count; i++)
		launch_apps_done(&apps[i]);
	free(apps);
}

static int read_pace(const struct request *req, struct launch_pace *ret_pace, struct pmc_error *err)
{
	int r = request_get_bool(req, "reload", &ret_pace->reload, err);

	ret_pace->at_a_time = ret_pace->reload ? 1 : 0;
	if (r >= 0)
		r = action_read_parallel(req, &ret_pace->at_a_time, err);
	if (r >= 0)
		r = request_get_bool(req, "force", &ret_pace->force, err);
	return r;
}

void api_app_start(struct request *req)
{
	json_t *list = json_object_get(req->params, "apps"), *item;
	bool keep_env = !json_object_get(req->params, "update");
	struct launch_app *apps = mem_zalloc((json_array_size(list) + 1) * sizeof(*apps));
	struct launch_pace pace = {0};
	struct pmc_error err = {0};
	size_t i;

	if (read_pace(req, &pace, &err) < 0) {
		free(apps);
		request_fail(req, "bad-params", &err);
		return;
	}
	json_array_foreach(list, i, item)
	{
		if (app_row_from_request(item, &apps[i].row, &err) < 0) {
			drop_apps(apps, i);
			request_fail(req, "bad-params", &err);
			return;
		}
		apps[i].keep_env = keep_env;
		apps[i].instances = -1;
	}
	launch_apps_run(req, apps, json_array_size(list), &pace);
}

/* The one app that `target` names: instances of two apps cannot be scaled at once. */
static const char *one_app(struct request *req, const char *target, struct pmc_error *err)
{
	const struct supervisor *sup = req->api->supervisor;
	size_t count = roster_count(sup);
	_cleanup_(mem_freep) bool *hits = mem_zalloc(count + 1);
	const char *name = NULL;

	if (roster_select(sup, target, hits, err) < 0)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		struct facts facts;

		if (!hits[i])
			continue;
		facts_fill(roster_find(sup, roster_pm_id_at(sup, i)), false, &facts);
		if (name && !str_equal(name, facts.spec->name))
			pmc_error_set(err, -EINVAL, "'%s' names more than one app", target);
		name = facts.spec->name;
		facts_done(&facts);
	}
	if (!name)
		pmc_error_set(err, -ENOENT, "No process found");
	return err->code ? NULL : name;
}

void api_app_scale(struct request *req)
{
	const struct supervisor *sup = req->api->supervisor;
	struct launch_app *app = mem_zalloc(sizeof(*app));
	const char *target = NULL, *to = NULL, *name;
	struct pmc_error err = {0};
	int one, now;

	if (request_get_string(req, "target", &target, &err) < 0 ||
	    request_get_string(req, "to", &to, &err) < 0) {
		free(app);
		request_fail(req, "bad-params", &err);
		return;
	}
	name = one_app(req, target, &err);
	now = name ? (int)roster_app_instances(sup, name, &one, &one, 0) : 0;
	if (!name || plan_scale_target(to, now, &app->instances, &err) < 0) {
		free(app);
		intents_refuse(req->api->intents, req,
			       err.code == -ENOENT ? "not-found" : "refused", &err);
		return;
	}
	app_row_from_roster(&app->row, sup, name);
	app->only_scale = true;
	app->keep_env = true;
	if (app_spec_merges_logs(
		    &app->row.spec)) /* as PM2: the new ones write where the first one does */
		app_spec_set_text(&app->row.spec, SPEC_merge_logs, "true", NULL);
	if (app->instances > 0) {
		_cleanup_(mem_freep) char *text = mem_printf("%d", app->instances);

		app_spec_set_text(&app->row.spec, SPEC_instances, text, NULL);
	}
	launch_apps_run(req, app, 1, NULL);
}

typedef int (*small_thing)(struct request *req, int pm_id, const void *arg, struct pmc_error *err);

/* Something that is done at once, for each target. */
static void for_targets(struct request *req, small_thing do_it, const void *arg)
{
	_cleanup_(strlist_done) struct strlist targets = {0};
	_cleanup_(mem_freep) int *pm_ids = NULL;
	struct action *action;
	struct pmc_error err = {0};
	size_t count;

	if (request_get_list(req, "targets", &targets, &err) < 0) {
		request_fail(req, "bad-params", &err);
		return;
	}
	action = action_create(req);
	count = action_select(action, &targets, &pm_ids);
	for (size_t i = 0; i < count; i++) {
		struct facts facts;
		int r;

		facts_fill(roster_find(req->api->supervisor, pm_ids[i]), false, &facts);
		err = (struct pmc_error){0};
		r = do_it(req, pm_ids[i], arg, &err);
		action_add(action, facts.spec->name, pm_ids[i], facts.number, r == 0, &err);
		facts_done(&facts);
	}
	action_seal(action);
}

static int reset_one(struct request *req, int pm_id, const void *arg, struct pmc_error *err)
{
	errand_reset(req->api->supervisor, pm_id);
	return 0;
}

void api_app_reset(struct request *req)
{
	for_targets(req, reset_one, NULL);
}

static int signal_one(struct request *req, int pm_id, const void *arg, struct pmc_error *err)
{
	int r = errand_signal(req->api->supervisor, pm_id, *(const int *)arg);

	if (r == -ESRCH)
		return pmc_error_set(err, r, "it does not run");
	return r < 0 ? pmc_error_errno(err, r, "cannot send %s",
				       units_signal_name(*(const int *)arg))
		     : 0;
}

void api_app_signal(struct request *req)
{
	const char *text = NULL;
	struct pmc_error err = {0};
	int signal;

	if (request_get_string(req, "signal", &text, &err) < 0 ||
	    units_parse_signal(text, &signal, &err) < 0)
		request_fail(req, "bad-params", &err);
	else
		for_targets(req, signal_one, &signal);
}

static int send_one(struct request *req, int pm_id, const void *arg, struct pmc_error *err)
{
	return errand_send_line(req->api->supervisor, pm_id, arg, err);
}

void api_app_send(struct request *req)
{
	const char *line = NULL;
	struct pmc_error err = {0};

	if (request_get_string(req, "line", &line, &err) < 0)
		request_fail(req, "bad-params", &err);
	else
		for_targets(req, send_one, line);
}
