#include "cli/jlist_members.h"

#include <stdlib.h>

#include "shared/base/mem.h"
#include "shared/model/app_view.h"
#include "shared/spec/app_spec.h"

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static void set_text(json_t *object, const char *key, const char *text)
{
	if (text)
		set(object, key, json_string(text));
}

/* The options PM2 shows only when they were given, under the names it shows them. */
static void add_given_options(json_t *env, const struct app_spec *spec)
{
	static const enum spec_option shown[] = {
		SPEC_exp_backoff_restart_delay,
		SPEC_stop_exit_codes,
		SPEC_max_memory_restart,
		SPEC_max_restarts,
		SPEC_min_uptime,
		SPEC_restart_delay,
		SPEC_kill_timeout,
		SPEC_listen_timeout,
		SPEC_wait_ready,
		SPEC_shutdown_with_message,
		SPEC_cron_restart,
		SPEC_log_type,
		SPEC_log_date_format,
		SPEC_time,
		SPEC_filter_env,
		SPEC_ignore_watch,
		SPEC_increment_var,
		SPEC_uid,
		SPEC_gid,
	};

	for (size_t i = 0; i < ARRAY_SIZE(shown); i++) {
		const struct option *option = &app_spec_table.rows[shown[i]];

		if (app_spec_is_given(spec, shown[i]))
			set(env, option->name, option_to_json(option, spec));
	}
}

static void add_always(json_t *env, const struct app_spec *spec)
{
	set(env, "autostart", json_boolean(spec->autostart));
	set(env, "autorestart", json_boolean(spec->autorestart));
	set(env, "treekill", json_boolean(spec->treekill));
	set(env, "merge_logs", json_boolean(app_spec_merges_logs(spec)));
	set(env, "watch", option_to_json(&app_spec_table.rows[SPEC_watch], spec));
	set(env, "args", option_to_json(&app_spec_table.rows[SPEC_args], spec));
	set(env, "node_args", option_to_json(&app_spec_table.rows[SPEC_interpreter_args], spec));
	set_text(env, "instance_var", spec->instance_var);
	set(env, "kill_retry_time", json_integer(100));
	set(env, "pmx", json_true());
	set(env, "automation", json_true());
	set(env, "vizion", json_true());
	set(env, "windowsHide", json_true());
	set(env, "km_link", json_false());
	set(env, "vizion_running", json_false());
}

static void add_agent(json_t *env, const struct app_view *view)
{
	set(env, "axm_actions", json_array());
	set(env, "axm_monitor", json_object());
	set(env, "axm_options", json_pack("{s:s}", "module_name", view->name ? view->name : ""));
	set(env, "axm_dynamic", json_object());
	set(env, "versioning", json_null());
}

static void add_profiles(json_t *env, const struct app_spec *spec)
{
	for (size_t i = 0; i < spec->profile_count; i++) {
		const struct keyval *values = &spec->profiles[i].env;
		_cleanup_(mem_freep) char *key = mem_printf("env_%s", spec->profiles[i].name);
		json_t *profile = json_object();

		for (size_t k = 0; k < values->count; k++)
			set(profile, values->pairs[k].name, json_string(values->pairs[k].value));
		set(env, key, profile);
	}
}

static void add_identity(json_t *env, const struct app_view *view)
{
	set_text(env, "name", view->name);
	set_text(env, "namespace", view->namespace);
	set(env, "pm_id", json_integer(view->pm_id));
	set_text(env, "unique_id", view->unique_id);
	set_text(env, "version", view->version ? view->version : "N/A");
	set_text(env, "username", view->user);
}

static void add_state(json_t *env, const struct app_view *view)
{
	set_text(env, "status", state_jlist_word(view->state));
	set(env, "pm_uptime", json_integer(view->started_us / 1000));
	set(env, "created_at", json_integer(view->created_us / 1000));
	set(env, "restart_time", json_integer(view->restarts));
	set(env, "unstable_restarts", json_integer(view->unstable_restarts));
	set(env, "prev_restart_delay", json_integer(0));
	if (view->last_exit_us > 0)
		set(env, "exit_code", json_integer(view->last_code < 0 ? 0 : view->last_code));
}

static void add_program(json_t *env, const struct app_view *view, const struct app_spec *spec)
{
	set_text(env, "pm_exec_path", view->script);
	set_text(env, "pm_cwd", view->cwd);
	set_text(env, "exec_interpreter", view->interpreter ? view->interpreter : "none");
	set(env, "exec_mode", json_sprintf("%s_mode", view->mode ? view->mode : "fork"));
	set_text(env, "pm_out_log_path", view->out_path ? view->out_path : "/dev/null");
	set_text(env, "pm_err_log_path", view->err_path ? view->err_path : "/dev/null");
	set_text(env, "pm_log_path", view->log_path);
	set_text(env, "pm_pid_path", view->pid_path);
	if (spec->instances.kind == INSTANCES_COUNT)
		set(env, "instances", json_integer(spec->instances.n));
	else
		set(env, "instances", option_to_json(&app_spec_table.rows[SPEC_instances], spec));
}

json_t *jlist_members_of_app(const struct app_view *view, const struct app_spec *spec)
{
	json_t *members = json_object();

	add_always(members, spec);
	add_given_options(members, spec);
	add_profiles(members, spec);
	add_agent(members, view);
	return members;
}

json_t *jlist_members_of_instance(const struct app_view *view, const struct app_spec *spec)
{
	json_t *members = json_object();

	add_identity(members, view);
	add_state(members, view);
	add_program(members, view, spec);
	if (spec->instance_var)
		set(members, spec->instance_var, json_integer(view->number));
	return members;
}

json_t *jlist_members_ours(const struct app_spec *spec)
{
	static const char *const ours[] = {
		"PMC_INSTANCE", "name",		"namespace",	   "exec_mode",
		"pm_exec_path", "pm_cwd",	"pm_out_log_path", "pm_err_log_path",
		"pm_id",	"restart_time", "pm_uptime",	   "instances",
	};
	json_t *names = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		set(names, ours[i], json_null());
	if (spec->instance_var)
		set(names, spec->instance_var, json_null());
	return names;
}
