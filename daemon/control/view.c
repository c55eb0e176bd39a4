#include "daemon/control/view.h"

#include <stdlib.h>
#include <string.h>

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

static void fill_whole(const struct facts *facts, struct app_view *view)
{
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
}

static json_t *write_spec(struct request *req, const struct app_spec *spec, bool show_secrets)
{
	json_t *json = spec_json_write(spec);

	if (!show_secrets)
		mask_spec(json, req->api->settings);
	return json;
}

static json_t *write_env(struct request *req, const struct keyval *env, bool show_secrets)
{
	json_t *json = app_row_write_env(env);

	if (!show_secrets)
		mask(json, req->api->settings);
	return json;
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

static void fill(struct instance *inst, struct facts *facts, struct app_view *view)
{
	facts_fill(inst, true, facts);
	fill_short(facts, view);
	facts_usage(inst, &view->cpu_percent, &view->memory_bytes);
	fill_whole(facts, view);
}

json_t *view_whole(struct request *req, struct instance *inst, bool show_secrets)
{
	_cleanup_(keyval_done) struct keyval env = {0};
	struct app_view view;
	struct facts facts;
	json_t *json;

	fill(inst, &facts, &view);
	facts_environment(inst, &env);
	view.spec = write_spec(req, facts.spec, show_secrets);
	view.env = write_env(req, &env, show_secrets);
	json = app_view_to_json(&view, true);
	app_view_done(&view);
	facts_done(&facts);
	return json;
}

/* The environments of two instances mostly have the same names at the same places. */
static const char *value_at(const struct keyval *env, size_t place, const char *name)
{
	if (place < env->count && strcmp(env->pairs[place].name, name) == 0)
		return env->pairs[place].value;
	return keyval_get(env, name);
}

static json_t *write_patch(struct request *req, const struct keyval *from, const struct keyval *to,
			   bool show_secrets)
{
	_cleanup_(keyval_done) struct keyval other = {0};
	json_t *json;

	for (size_t i = 0; i < to->count; i++) {
		const struct keyval_pair *pair = &to->pairs[i];

		if (!str_equal(value_at(from, i, pair->name), pair->value))
			keyval_add(&other, pair->name, pair->value);
	}
	json = write_env(req, &other, show_secrets);
	for (size_t i = 0; i < other.count; i++) {
		if (!json_object_get(json, other.pairs[i].name)) /* no UTF-8: as if not there */
			json_object_set_new(json, other.pairs[i].name, json_null());
	}
	for (size_t i = 0; i < from->count; i++) {
		if (!value_at(to, i, from->pairs[i].name))
			json_object_set_new(json, from->pairs[i].name, json_null());
	}
	return json;
}

void view_append_whole(struct request *req, struct instance *inst, bool show_secrets,
		       struct view_common *common, struct str *out)
{
	_cleanup_(keyval_done) struct keyval env = {0};
	struct app_view view;
	struct facts facts;

	fill(inst, &facts, &view);
	facts_environment(inst, &env);
	if (!common->begun)
		keyval_copy(&common->env, &env);
	common->begun = true;
	if (common->spec != facts.spec) {
		json_decref(common->spec_json);
		common->spec_json = write_spec(req, facts.spec, show_secrets);
		common->spec = facts.spec;
	}
	view.spec = json_incref(common->spec_json);
	view.env = write_patch(req, &common->env, &env, show_secrets);
	app_view_text_append_whole(out, &view);
	app_view_done(&view);
	facts_done(&facts);
}

json_t *view_common_env(struct request *req, const struct view_common *common, bool show_secrets)
{
	return write_env(req, &common->env, show_secrets);
}

void view_common_done(struct view_common *common)
{
	keyval_done(&common->env);
	json_decref(common->spec_json);
}
