#include "shared/spec/ecosystem_app.h"

#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/option/node.h"
#include "shared/spec/ecosystem_apps.h"
#include "shared/spec/ecosystem_env.h"
#include "shared/spec/ecosystem_names.h"
#include "shared/spec/ecosystem_resolve.h"

bool ecosystem_app_has_script(const struct node *map)
{
	const struct node *script = spec_node_find(map, SPEC_script);

	return script && script->text;
}

/* A name from the key of a map of apps. */
static void take_name(struct ecosystem_apps_file *file, const struct node *node,
		      struct app_spec *spec)
{
	const char *bad = spec_node_bad_name(node->key);

	if (app_spec_is_given(spec, SPEC_name)) {
		if (strcmp(spec->name, node->key) != 0)
			ecosystem_apps_complain(file, node, "leave out 'name'",
						"the app has two names: its key and 'name'");
		return;
	}
	if (!bad && strlen(node->key) > (size_t)app_spec_table.rows[SPEC_name].max)
		bad = "must not be longer than 200 bytes";
	if (bad) {
		diagnostics_add(file->reader.diags, DIAGNOSTIC_ERROR, file->shown, node->key_line,
				node->key_column, NULL, "the name of an app %s", bad);
		return;
	}
	spec->name = mem_strdup(node->key);
	app_spec_mark_given(spec, SPEC_name);
}

/* Room for one more, with its place. */
static struct app_spec *add(struct ecosystem_apps *apps, const struct ecosystem_apps_file *file,
			    const struct node *node)
{
	struct ecosystem *eco = apps->eco;
	const struct node *name = node_get(node, "name");
	const struct node *at = name ? name : node;

	if (eco->count == apps->room) {
		apps->room = apps->room ? apps->room * 2 : 4;
		eco->apps = mem_resize(eco->apps, apps->room, sizeof(*eco->apps));
		apps->places = mem_resize(apps->places, apps->room, sizeof(*apps->places));
	}
	apps->places[eco->count] = (struct ecosystem_apps_place){file->shown, at->line, at->column};
	return &eco->apps[eco->count++];
}

/* What holds for all apps of the file, but variables, which come in layers. */
static void start_with_defaults(const struct ecosystem_apps_file *file, struct app_spec *spec)
{
	struct app_spec variables = {};

	app_spec_copy(spec, &file->defaults.spec);
	ecosystem_env_take(&variables, spec);
	app_spec_done(&variables);
}

static void make_name(struct ecosystem_apps *apps, const struct ecosystem_apps_file *file,
		      const struct node *node, struct app_spec *spec)
{
	char *name = spec->name ? mem_strdup(spec->name) : ecosystem_resolve_name(spec->script);
	char *made = ecosystem_names_make(spec, apps->options->profile, name);
	const char *bad = strcmp(made, name) == 0 ? NULL : spec_node_bad_name(made);

	if (strlen(made) > (size_t)app_spec_table.rows[SPEC_name].max)
		bad = "must not be longer than 200 bytes";
	if (bad)
		ecosystem_apps_complain(file, node, NULL, "the name '%.200s' %s", made, bad);
	if (strcmp(made, name) != 0) {
		free(spec->name);
		spec->name = mem_strdup(made);
		app_spec_mark_given(spec, SPEC_name);
	}
	free(name);
	free(made);
}

static void finish(struct ecosystem_apps *apps, const struct ecosystem_apps_file *file,
		   const struct node *node, struct app_spec *spec)
{
	const struct ecosystem_resolve_place place = {.base_dir = file->base_dir,
						      .caller_dir = apps->options->caller_dir,
						      .file = file->shown,
						      .line = node->line,
						      .column = node->column};

	ecosystem_resolve_paths(spec, file->base_dir);
	ecosystem_env_apply(apps, file, node, spec);
	make_name(apps, file, node, spec);
	ecosystem_resolve_at(spec, &place, apps->diags);
}

void ecosystem_app_read(struct ecosystem_apps *apps, struct ecosystem_apps_file *file,
			const struct node *node, bool named)
{
	struct app_spec *spec;

	if (node->kind != NODE_MAP) {
		ecosystem_apps_complain(file, node, NULL, "an app must be a map of options");
		return;
	}
	if (!ecosystem_apps_charge(apps, file->shown, node, file->defaults.bytes))
		return;
	spec = add(apps, file, node);
	start_with_defaults(file, spec);
	spec_node_read(&file->reader, node, spec);
	if (named)
		take_name(file, node, spec);
	if (spec->script)
		finish(apps, file, node, spec);
	else if (!spec_node_find(node, SPEC_script))
		ecosystem_apps_complain(file, node, "add what it runs: script: FILE",
					"the app has no script");
}
