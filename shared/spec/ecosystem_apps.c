#include "shared/spec/ecosystem_apps.h"

#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/option/node.h"

static void complain(struct ecosystem_apps *apps, const struct node *at, const char *hint,
		     const char *text)
{
	diagnostics_add(apps->reader.diags, DIAGNOSTIC_ERROR, apps->reader.file, at->line,
			at->column, hint, "%s", text);
}

/* A name from the key of a map of apps. */
static void take_name(struct ecosystem_apps *apps, const struct node *node, struct app_spec *spec)
{
	const char *bad = spec_node_bad_name(node->key);
	_cleanup_(mem_freep) char *text = NULL;

	if (app_spec_is_given(spec, SPEC_name)) {
		if (strcmp(spec->name, node->key) != 0)
			complain(apps, node, "leave out 'name'",
				 "the app has two names: its key and 'name'");
		return;
	}
	if (!bad && strlen(node->key) > (size_t)app_spec_table.rows[SPEC_name].max)
		bad = "must not be longer than 200 bytes";
	if (bad) {
		text = mem_printf("the name of an app %s", bad);
		diagnostics_add(apps->reader.diags, DIAGNOSTIC_ERROR, apps->reader.file,
				node->key_line, node->key_column, NULL, "%s", text);
		return;
	}
	spec->name = mem_strdup(node->key);
	app_spec_mark_given(spec, SPEC_name);
}

/* What the map has to say about its script, under any name of the option; NULL: nothing. */
static const struct node *script_of(const struct node *map)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct node *node = map->items[i];
		const struct option *opt = option_find(&app_spec_table, node->key);

		if (opt && opt->index == SPEC_script && node->kind != NODE_NULL)
			return node;
	}
	return NULL;
}

static bool has_script(const struct node *map)
{
	const struct node *script = script_of(map);

	return script && script->text;
}

static void read_app(struct ecosystem_apps *apps, const struct node *node, bool named)
{
	struct ecosystem *eco = apps->eco;
	struct app_spec *spec = &eco->apps[eco->count];
	const struct ecosystem_resolve_place place = {.base_dir = eco->base_dir,
						      .caller_dir = apps->caller_dir,
						      .file = apps->reader.file,
						      .line = node->line,
						      .column = node->column};

	if (node->kind != NODE_MAP) {
		complain(apps, node, NULL, "an app must be a map of options");
		return;
	}
	app_spec_init(spec);
	apps->places[eco->count++] = node;
	spec_node_read(&apps->reader, node, spec);
	if (named)
		take_name(apps, node, spec);
	if (spec->script)
		ecosystem_resolve_at(spec, &place, apps->reader.diags);
	else if (!script_of(node))
		complain(apps, node, "add what it runs: script: FILE", "the app has no script");
}

static void read_apps(struct ecosystem_apps *apps, const struct node *node)
{
	bool single = node->kind == NODE_MAP && has_script(node);
	size_t count = single ? 1 : node->count;

	if (node->kind != NODE_LIST && node->kind != NODE_MAP) {
		complain(apps, node, NULL, "expected a list of apps, or a map from names to apps");
		return;
	}
	if (!count || count > ECOSYSTEM_APPS_MAX) {
		complain(apps, node, NULL,
			 count ? "too many apps: at most 4096 are read" : "there is no app");
		return;
	}
	apps->eco->apps = mem_zalloc(count * sizeof(*apps->eco->apps));
	apps->places = mem_zalloc(count * sizeof(*apps->places));
	for (size_t i = 0; i < count; i++)
		read_app(apps, single ? node : node->items[i], !single && node->kind == NODE_MAP);
}

static bool names_apps(const char *key)
{
	return strcmp(key, "apps") == 0 || strcmp(key, "pm2") == 0 || strcmp(key, "pmc") == 0;
}

/* What may stand beside `apps:`. */
static void read_beside(struct ecosystem_apps *apps, const struct node *node)
{
	bool pm2 = strcmp(node->key, "deploy") == 0 || strcmp(node->key, "static") == 0;
	bool error = !pm2 && !apps->reader.lenient;

	if (str_starts(node->key, "x-") || *node->key == '.')
		return;
	diagnostics_add(apps->reader.diags, error ? DIAGNOSTIC_ERROR : DIAGNOSTIC_WARNING,
			apps->reader.file, node->key_line, node->key_column,
			pm2 ? NULL : "keys that begin with 'x-' are free for your own use",
			pm2 ? "'%.60s' is not yet obeyed" : "unknown key '%.60s' beside the apps",
			node->key);
}

/* Perhaps `apps` was meant by a key of a file that seems to be a single app. */
static bool suspect_apps(struct ecosystem_apps *apps, const struct node *root)
{
	for (size_t i = 0; i < root->count; i++) {
		const struct node *node = root->items[i];

		if (node->text || strlen(node->key) > 8 || str_distance(node->key, "apps", 2) > 2)
			continue;
		diagnostics_add(apps->reader.diags, DIAGNOSTIC_ERROR, apps->reader.file,
				node->key_line, node->key_column, "did you mean 'apps'?",
				"unknown key '%s'", node->key);
		return true;
	}
	return false;
}

static void read_root_map(struct ecosystem_apps *apps, const struct node *root)
{
	const struct node *found = NULL;

	for (size_t i = 0; i < root->count; i++) {
		const struct node *node = root->items[i];

		if (!names_apps(node->key))
			continue;
		if (found)
			complain(apps, node, NULL,
				 "apps are given twice: by 'apps', 'pm2' or 'pmc'");
		found = found ? found : node;
	}
	if (!found) {
		if (has_script(root) || !suspect_apps(apps, root)) {
			apps->eco->apps = mem_zalloc(sizeof(*apps->eco->apps));
			apps->places = mem_zalloc(sizeof(*apps->places));
			read_app(apps, root, false);
		}
		return;
	}
	for (size_t i = 0; i < root->count; i++)
		if (!names_apps(root->items[i]->key))
			read_beside(apps, root->items[i]);
	read_apps(apps, found);
}

static const struct node *place_of_name(const struct node *app)
{
	const struct node *name = node_get(app, "name");

	return name ? name : app;
}

static void check_names(struct ecosystem_apps *apps)
{
	struct ecosystem *eco = apps->eco;

	for (size_t i = 1; i < eco->count; i++) {
		for (size_t k = 0; eco->apps[i].name && k < i; k++) {
			_cleanup_(mem_freep) char *text = NULL;

			if (!str_equal(eco->apps[i].name, eco->apps[k].name))
				continue;
			text = mem_printf("two apps are called '%s'; the other is in line %d",
					  eco->apps[i].name, place_of_name(apps->places[k])->line);
			complain(apps, place_of_name(apps->places[i]),
				 "give each a 'name' of its own, or use 'instances'", text);
			break;
		}
	}
}

void ecosystem_apps_read(struct ecosystem_apps *apps, const struct node *root)
{
	if (root->kind == NODE_MAP)
		read_root_map(apps, root);
	else
		read_apps(apps, root);
	check_names(apps);
	free(apps->places);
	apps->places = NULL;
}
