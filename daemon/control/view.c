#include "daemon/control/view.h"

#include <stdlib.h>

#include "daemon/control/api.h"
#include "daemon/control/app_row.h"
#include "daemon/control/request.h"
#include "daemon/run/supervisor.h"
#include "shared/base/str.h"
#include "shared/config/settings.h"
#include "shared/model/app_view.h"
#include "shared/model/app_view_text.h"
#include "shared/spec/spec_json.h"

#define MASK "••••"

static void fill_short(const struct facts *facts, struct app_view *view)
{
	*view = (struct app_view){
		.pm_id = facts->pm_id,
		.number = facts->number,
		.name = mem_strdup(facts->spec->name),
		.namespace = mem_strdup(facts->spec->namespace),
		.state = facts->state,
		.pid = facts->pid,
		.mode = mem_strdup("fork"),
		.user = mem_strdup(facts->user),
		.version = mem_strdup(facts->version),
		.restarts = facts->restarts,
		.unstable_restarts = facts->unstable_restarts,
		.started_us = facts->started_us,
		.created_us = facts->created_us,
		.uptime_ms = facts->uptime_ms,
		.next_start_ms = facts->next_start_ms,
		.orphan = facts->orphan,
		.reason = mem_strdup(facts->reason),
		.log_trouble = mem_strdup(facts->log_trouble),
		.process_trouble = mem_strdup(facts->process_trouble),
	};
}

static void mask(json_t *env, const struct settings *settings)
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe(env, next, name, value) if (settings_is_secret(settings, name))
		json_object_set_new(env, name, json_string(MASK));
}

/* Every `env` in it, those of profiles too. */
static void mask_spec(json_t *spec, const struct settings *settings)
{
	const char *name;
	json_t *value;

	json_object_foreach(spec, name, value) if (json_is_object(value) && str_starts(name, "env"))
		mask(value, settings);
}

static void fill_whole(struct request *req, struct instance *inst, const struct facts *facts,
		       bool show_secrets, struct app_view *view)
{
	_cleanup_(keyval_done) struct keyval env = {0};

	view->script = mem_strdup(facts->spec->script);
	view->cwd = mem_strdup(facts->spec->cwd);
	view->interpreter = mem_strdup(facts->spec->interpreter);
	view->out_path = mem_strdup(facts->out_path);
	view->err_path = mem_strdup(facts->err_path);
	view->log_path = mem_strdup(facts->log_path);
	view->pid_path = mem_strdup(facts->pid_path);
	view->last_cause = mem_strdup(facts->last_cause);
	view->last_code = facts->last_code;
	view->last_signal = facts->last_signal;
	view->last_core = facts->last_core;
	view->last_exit_us = facts->last_exit_us;
	view->last_life_ms = facts->last_life_ms;
	view->stderr_tail = mem_strdup(facts->stderr_tail);
	view->unique_id = mem_strdup(facts->unique_id);
	view->spec = spec_json_write(facts->spec);
	facts_environment(inst, &env);
	view->env = app_row_write_env(&env);
	if (!show_secrets) {
		mask(view->env, req->api->settings);
		mask_spec(view->spec, req->api->settings);
	}
}

void view_append_short(struct instance *inst, struct str *out)
{
	struct app_view view;
	struct facts facts;

	facts_fill(inst, false, &facts);
	fill_short(&facts, &view);
	facts_usage(inst, &view.cpu_percent, &view.memory_bytes);
	app_view_text_append(out, &view);
	app_view_done(&view);
	facts_done(&facts);
}

void view_append_row(struct instance *inst, uint64_t members, struct str *out)
{
	const uint64_t usage =
		APP_VIEW_BIT(APP_VIEW_cpu_percent) | APP_VIEW_BIT(APP_VIEW_memory_bytes);
	struct app_view view;
	struct facts facts;

	facts_fill(inst, false, &facts);
	fill_short(&facts, &view);
	if (members & usage)
		facts_usage(inst, &view.cpu_percent, &view.memory_bytes);
	app_view_text_append_row(out, &view, members);
	app_view_done(&view);
	facts_done(&facts);
}

json_t *view_whole(struct request *req, struct instance *inst, bool show_secrets)
{
	struct app_view view;
	struct facts facts;
	json_t *json;

	facts_fill(inst, true, &facts);
	fill_short(&facts, &view);
	facts_usage(inst, &view.cpu_percent, &view.memory_bytes);
	fill_whole(req, inst, &facts, show_secrets, &view);
	json = app_view_to_json(&view, true);
	app_view_done(&view);
	facts_done(&facts);
	return json;
}
