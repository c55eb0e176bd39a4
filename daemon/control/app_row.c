#include "daemon/control/app_row.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "daemon/run/supervisor.h"
#include "daemon/store/state.h"
#include "shared/base/clock.h"
#include "shared/base/diagnostics.h"
#include "shared/base/str.h"
#include "shared/spec/env_filter.h"
#include "shared/spec/spec_json.h"

void app_row_done(struct app_row *row)
{
	app_spec_done(&row->spec);
	keyval_done(&row->env);
	free(row->unique_id);
}

/* A random (version 4) UUID, RFC 4122. */
static char *new_uuid(void)
{
	unsigned char b[16];

	if (getrandom(b, sizeof(b), 0) != sizeof(b))
		memset(b, 0, sizeof(b));
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	return mem_printf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
			  b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
			  b[12], b[13], b[14], b[15]);
}

static int fail_with(const struct diagnostics *diags, struct pmc_error *err)
{
	_cleanup_(str_done) struct str text = {0};

	diagnostics_format(diags, NULL, 0, &text);
	while (text.len > 0 && text.data[text.len - 1] == '\n')
		text.data[--text.len] = '\0';
	return pmc_error_set(err, -EINVAL, "%s", str_cstr(&text));
}

static int read_spec(json_t *json, struct app_spec *ret_spec, struct pmc_error *err)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {0};

	if (spec_json_read(json, ret_spec, &diags, NULL) < 0)
		return fail_with(&diags, err);
	return 0;
}

void app_row_set_env(struct app_row *row, json_t *json)
{
	const char *name;
	json_t *value;

	keyval_done(&row->env);
	json_object_foreach(json, name, value)
	{
		bool kept =
			strcmp(name, "PATH") == 0 || env_filter_keeps(&row->spec.filter_env, name);

		if (kept && json_is_string(value) && name[0] && !strchr(name, '='))
			keyval_set(&row->env, name, json_string_value(value));
	}
}

json_t *app_row_write_env(const struct keyval *env)
{
	json_t *json = json_object();

	for (size_t i = 0; i < env->count; i++) {
		json_t *value = json_string(env->pairs[i].value);

		if (value) /* jansson refuses what is no UTF-8 */
			json_object_set_new(json, env->pairs[i].name, value);
	}
	return json;
}

int app_row_from_request(json_t *json, struct app_row *ret_row, struct pmc_error *err)
{
	struct app_row row = {0};
	int r = read_spec(json_object_get(json, "spec"), &row.spec, err);

	if (r < 0)
		return r;
	if (!row.spec.name || !row.spec.script) {
		app_spec_done(&row.spec);
		return pmc_error_set(err, -EINVAL, "an app needs a `name` and a `script`");
	}
	app_row_set_env(&row, json_object_get(json, "env"));
	row.unique_id = new_uuid();
	row.created_us = clock_wall_us();
	*ret_row = row;
	return 0;
}

int app_row_from_store(const struct state_app *app, struct app_row *ret_row, struct pmc_error *err)
{
	json_t *spec = json_loads(app->spec_json, JSON_REJECT_DUPLICATES, NULL);
	json_t *env = json_loads(app->env_json, JSON_REJECT_DUPLICATES, NULL);
	struct app_row row = {0};
	int r = read_spec(spec, &row.spec, err);

	if (r == 0) {
		app_row_set_env(&row, env);
		row.unique_id = mem_strdup(app->unique_id);
		row.created_us = app->created_us;
		*ret_row = row;
	}
	json_decref(spec);
	json_decref(env);
	return r;
}

void app_row_from_roster(struct app_row *row, const struct supervisor *sup, const char *name)
{
	*row = (struct app_row){0};
	app_spec_copy(&row->spec, roster_app_spec(sup, name));
	keyval_copy(&row->env, roster_app_env(sup, name));
	row->unique_id = mem_strdup(roster_app_unique_id(sup, name));
	row->created_us = roster_app_created_us(sup, name);
}

int app_row_merge(struct app_row *row, json_t *options, struct pmc_error *err)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {0};
	json_t *name = json_object_get(options, "name");

	if (name && !str_equal(json_string_value(name), row->spec.name)) {
		pmc_error_set(err, -EINVAL, "the name of '%s' cannot be changed", row->spec.name);
		pmc_error_hint(err, "delete it and start it under the other name");
		return -EINVAL;
	}
	if (json_object_get(options, "instances")) {
		pmc_error_set(err, -EINVAL, "the number of instances is not changed by a restart");
		pmc_error_hint(err, "use `pmc scale %s N`", row->spec.name);
		return -EINVAL;
	}
	return spec_json_merge(&row->spec, options, &diags) < 0 ? fail_with(&diags, err) : 0;
}

void app_row_store(const struct app_row *row, struct state_change *change)
{
	json_t *spec = spec_json_write(&row->spec);
	json_t *env = app_row_write_env(&row->env);
	_cleanup_(mem_freep) char *spec_text = json_dumps(spec, JSON_COMPACT);
	_cleanup_(mem_freep) char *env_text = json_dumps(env, JSON_COMPACT);
	struct state_app app = {
		.name = row->spec.name,
		.spec_json = spec_text,
		.env_json = env_text,
		.unique_id = row->unique_id,
		.created_us = row->created_us,
	};

	json_decref(spec);
	json_decref(env);
	state_change_put_app(change, &app);
}

void app_row_apply(const struct app_row *row, struct supervisor *sup)
{
	roster_put_app(sup, &row->spec, &row->env, row->unique_id, row->created_us);
}
