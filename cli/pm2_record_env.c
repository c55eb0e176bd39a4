#include "cli/pm2_record_env.h"

#include <stdbool.h>
#include <string.h>

#include "cli/out/json.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

/* Nobody else has variables of these names. */
static const char *const own[] = {
	"PM2_HOME",
	"PM2_USAGE",
	"PM2_JSON_PROCESSING",
	"PM2_INTERACTOR_PROCESSING",
	"PM2_PROGRAMMATIC",
	"NODE_CHANNEL_FD",
	"NODE_CHANNEL_SERIALIZATION_MODE",
	"unique_id",
	"pm_id",
	"pm_cwd",
	"pm_exec_path",
	"pm_out_log_path",
	"pm_err_log_path",
	"pm_log_path",
	"pm_pid_path",
	"pm_uptime",
	"unstable_restarts",
	"restart_time",
	"km_link",
	"vizion_running",
	"axm_actions",
	"axm_monitor",
	"axm_options",
	"axm_dynamic",
};

/* Common words: PM2's only where PM2 itself was started by an app of PM2, and so handed them on. */
static const char *const handed_on[] = {
	"name",		"namespace",  "exec_mode",   "exec_interpreter", "instances",
	"status",	"created_at", "username",    "autostart",	 "autorestart",
	"watch",	"treekill",   "merge_logs",  "kill_retry_time",	 "vizion",
	"pmx",		"automation", "windowsHide", "instance_var",	 "max_memory_restart",
	"kill_timeout", "node_args",  "args",	     "version",		 "node_version",
};

static bool is_in(const char *const *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i], name) == 0)
			return true;
	}
	return false;
}

static bool is_own(json_t *record, json_t *env, const char *name, const json_t *value)
{
	const char *text = json_is_string(value) ? json_string_value(value) : "";

	if (is_in(own, ARRAY_SIZE(own), name))
		return true;
	if (json_object_get(env, "pm_id") && is_in(handed_on, ARRAY_SIZE(handed_on), name))
		return true;
	if (strcmp(name, json_get_text(record, "instance_var", "NODE_APP_INSTANCE")) == 0)
		return true;
	/* the JSON of `pm2 set` in a variable named as the app */
	return strcmp(name, json_get_text(record, "name", "")) == 0 && *text == '{';
}

json_t *pm2_record_env(json_t *record, size_t *ret_own)
{
	json_t *from = json_object_get(record, "env"), *env = json_object(), *value;
	const char *name;

	*ret_own = 0;
	json_object_foreach(from, name, value)
	{
		_cleanup_(mem_freep) char *text = NULL;

		if (is_own(record, from, name, value)) {
			++*ret_own;
			continue;
		}
		text = json_is_string(value) ? mem_strdup(json_string_value(value))
					     : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
		if (*name && !strchr(name, '=') && text && !json_is_null(value))
			json_object_set_new(env, name, json_string(text));
	}
	return env;
}
