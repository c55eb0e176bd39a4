#include "shared/spec/spec_json.h"

#include <errno.h>

#include "shared/base/diagnostics.h"
#include "shared/option/node.h"
#include "shared/spec/spec_node.h"

static int read_object(json_t *json, struct app_spec *spec, struct spec_node_reader *reader)
{
	_cleanup_(node_destroyp) struct node *node = NULL;

	if (!json_is_object(json)) {
		diagnostics_add(reader->diags, DIAGNOSTIC_ERROR, reader->file, 0, 0, NULL,
				"an app must be an object of options");
		return -EINVAL;
	}
	node = node_from_json(json);
	return spec_node_read(reader, node, spec);
}

int spec_json_read(json_t *json, struct app_spec *ret_spec, struct diagnostics *diags,
		   const char *file)
{
	struct spec_node_reader reader = {.diags = diags, .file = file, .silent = true};
	struct app_spec spec;
	int r;

	app_spec_init(&spec);
	r = read_object(json, &spec, &reader);
	if (r < 0)
		app_spec_done(&spec);
	else
		*ret_spec = spec;
	return r;
}

json_t *spec_json_write(const struct app_spec *spec)
{
	const struct option *env = &app_spec_table.rows[SPEC_env];
	json_t *json = json_object();

	for (size_t i = 0; i < app_spec_table.count; i++)
		if (app_spec_is_given(spec, (enum spec_option)i))
			json_object_set_new(json, app_spec_table.rows[i].name,
					    option_to_json(&app_spec_table.rows[i], spec));
	for (size_t i = 0; i < spec->profile_count; i++) {
		_cleanup_(mem_freep) char *key = mem_printf("env_%s", spec->profiles[i].name);
		struct app_spec holder = {.env = spec->profiles[i].env}; /* borrowed */

		json_object_set_new(json, key, option_to_json(env, &holder));
	}
	return json;
}

int spec_json_merge(struct app_spec *spec, json_t *options, struct diagnostics *diags)
{
	struct spec_node_reader reader = {.diags = diags, .silent = true, .merge = true};
	struct app_spec merged;
	int r;

	app_spec_copy(&merged, spec);
	r = read_object(options, &merged, &reader);
	if (r < 0) {
		app_spec_done(&merged);
		return r;
	}
	app_spec_done(spec);
	*spec = merged;
	return 0;
}
