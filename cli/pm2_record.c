#include "cli/pm2_record.h"

#include <errno.h>
#include <string.h>

#include "cli/out/json.h"
#include "cli/pm2_record_env.h"
#include "shared/base/diagnostics.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"
#include "shared/option/node.h"
#include "shared/spec/ecosystem_resolve.h"
#include "shared/spec/spec_node.h"

#define VALUE_COLUMNS 60

/* Options under the names PM2 keeps them by. */
static const struct renamed {
	const char *theirs, *ours;
	bool file; /* with PM2's place for it as default, and its id in the name */
} renamed[] = {
	{"pm_exec_path", "script", false},	    {"pm_cwd", "cwd", false},
	{"exec_interpreter", "interpreter", false}, {"node_args", "interpreter_args", false},
	{"pm_out_log_path", "out_file", true},	    {"pm_err_log_path", "error_file", true},
	{"pm_log_path", "log_file", true},	    {"pm_pid_path", "pid_file", true},
};

/* What PM2 writes for every app, said or not. */
static const struct usual {
	const char *name, *value; /* as JSON; NULL: whatever it is */
} usual[] = {
	{"vizion", "true"},	 {"pmx", "true"},	 {"automation", "true"},
	{"windowsHide", "true"}, {"km_link", "false"},	 {"kill_retry_time", "100"},
	{"username", NULL},	 {"merge_logs", "true"}, {"instances", NULL},
	{"node_args", "[]"},	 {"args", "[]"},	 {"exec_mode", "\"fork_mode\""},
};

void pm2_record_done(struct pm2_record *record)
{
	app_spec_done(&record->spec);
	json_decref(record->env);
	for (size_t i = 0; i < record->noptions; i++)
		free(record->options[i].text);
	free(record->options);
	*record = (struct pm2_record){};
}

static void report(struct pm2_record *record, enum pm2_record_fate fate, const char *name,
		   const struct node *value, const char *why)
{
	struct pm2_record_option *option;
	json_t *json = node_to_json(value);
	_cleanup_(mem_freep) char *whole = json_is_string(json)
						   ? mem_strdup(json_string_value(json))
						   : json_dumps(json, JSON_ENCODE_ANY);
	_cleanup_(str_done) struct str shown = {};

	utf8_fit(&shown, whole ? whole : "", VALUE_COLUMNS);
	record->options =
		mem_resize(record->options, record->noptions + 1, sizeof(*record->options));
	option = &record->options[record->noptions++];
	option->fate = fate;
	option->text = str_starts(name, "env_") /* never the values of variables */
			       ? mem_printf("%s: %zu variable%s", name, value->count,
					    value->count == 1 ? "" : "s")
			       : mem_printf("%s: %s%s%s", name, str_cstr(&shown), why ? "; " : "",
					    why ? why : "");
	json_decref(json);
}

/* Only the part that says why: "'x' is accepted from PM2, has no effect: why". */
static const char *reason(const char *message)
{
	const char *why = strstr(message, "has no effect: ");

	return why ? why + strlen("has no effect: ") : message;
}

static enum pm2_record_fate fate_of(const struct diagnostics *diags)
{
	if (diags->errors > 0)
		return PM2_RECORD_REFUSED;
	if (diags->count == 0)
		return PM2_RECORD_TAKEN;
	return strstr(diags->items[0].message, "no effect") ? PM2_RECORD_NO_EFFECT
							    : PM2_RECORD_NOT_YET;
}

/* By the reader of all formats, which also says what is not obeyed. */
static void take(struct pm2_record *record, const char *name, struct node *value)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	struct spec_node_reader reader = {.diags = &diags, .lenient = true};
	_cleanup_(mem_freep) char *key = mem_strdup(name);
	struct node *items[] = {value}, map = {.kind = NODE_MAP, .items = items, .count = 1};
	enum pm2_record_fate fate;

	value->key = key;
	spec_node_read(&reader, &map, &record->spec);
	fate = fate_of(&diags);
	report(record, fate, name, value,
	       fate == PM2_RECORD_REFUSED || fate == PM2_RECORD_NO_EFFECT
		       ? reason(diags.items[0].message)
		       : NULL);
	value->key = NULL;
}

static bool is_usual(const char *name, const json_t *value)
{
	_cleanup_(mem_freep) char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
		if (strcmp(usual[i].name, name) == 0)
			return !usual[i].value || str_equal(usual[i].value, text);
	}
	return json_is_null(value);
}

static bool is_default(const struct option *opt, const json_t *value)
{
	struct app_spec plain = {};
	json_t *json;
	bool same;

	option_set_default(opt, &plain);
	json = option_to_json(opt, &plain);
	option_done(opt, &plain);
	same = json_equal(json, value);
	json_decref(json);
	return same;
}

/* /var/log/web-out-3.log → /var/log/web-out.log, as every instance gets a number of its own. */
static char *without_id(const char *path, json_t *json)
{
	json_int_t id = json_integer_value(json_object_get(json, "pm_id"));
	const char *dot = strrchr(path, '.'), *dash = dot;

	while (dash && dash > path && dash[-1] >= '0' && dash[-1] <= '9')
		dash--;
	if (!dash || dash == dot || dash == path || dash[-1] != '-' ||
	    json_is_true(json_object_get(json, "merge_logs")) ||
	    (json_object_get(json, "pm_id") && atoll(dash) != id))
		return mem_strdup(path);
	return mem_printf("%.*s%s", (int)(dash - 1 - path), path, dot);
}

static void take_renamed(struct pm2_record *record, json_t *json, const char *pm2_home)
{
	for (size_t i = 0; i < ARRAY_SIZE(renamed); i++) {
		json_t *value = json_object_get(json, renamed[i].theirs);
		const char *path = json_string_value(value);
		_cleanup_(mem_freep) char *inside = mem_printf("%s/", pm2_home);
		_cleanup_(mem_freep) char *file = NULL;
		_cleanup_(node_destroyp) struct node *node = NULL;

		if (!value || is_usual(renamed[i].theirs, value) ||
		    (renamed[i].file && (!path || !*path || str_starts(path, inside))))
			continue;
		file = renamed[i].file ? without_id(path, json) : NULL;
		node = file ? node_create(NODE_STRING, file) : node_from_json(value);
		take(record, renamed[i].ours, node);
	}
}

static bool is_renamed(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(renamed); i++) {
		if (strcmp(renamed[i].theirs, name) == 0)
			return true;
	}
	return false;
}

/* Is it an option, rather than a fact of the process or a variable? */
static bool is_option(json_t *json, const char *name, const json_t *value)
{
	const struct option *opt = option_find(&app_spec_table, name);

	if (strcmp(name, "env") == 0 || is_renamed(name) || is_usual(name, value))
		return false;
	if (opt && opt->index == SPEC_name)
		return true;
	if (json_object_get(json_object_get(json, "env"), name))
		return false; /* a variable */
	if (opt)
		return !is_default(opt, value);
	return (str_starts(name, "env_") && json_is_object(value)) || spec_node_is_ignored(name);
}

int pm2_record_read(json_t *json, const char *pm2_home, struct pm2_record *ret_record,
		    struct pmc_error *err)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	struct pm2_record record = {};
	const char *name = json_get_text(json, "name", NULL), *key;
	json_t *value;

	if (!name || !json_get_text(json, "pm_exec_path", NULL))
		return pmc_error_set(err, -EINVAL, "a record without name or script");
	app_spec_init(&record.spec);
	json_object_foreach(json, key, value)
	{
		_cleanup_(node_destroyp) struct node *node =
			is_option(json, key, value) ? node_from_json(value) : NULL;

		if (node)
			take(&record, key, node);
	}
	take_renamed(&record, json, pm2_home);
	if (record.spec.script)
		ecosystem_resolve(&record.spec, record.spec.cwd ? record.spec.cwd : "/", NULL,
				  &diags);
	if (!record.spec.script || !record.spec.name || spec_node_bad_name(record.spec.name) ||
	    diags.errors > 0) {
		pm2_record_done(&record);
		return pmc_error_set(err, -EINVAL,
				     "%s is not taken: its name or script cannot be used here",
				     name);
	}
	record.env = pm2_record_env(json, &record.own);
	record.stopped = strcmp(json_get_text(json, "status", ""), "stopped") == 0;
	*ret_record = record;
	return 0;
}
