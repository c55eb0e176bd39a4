#include "shared/spec/ecosystem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/error.h"
#include "shared/base/fdio.h"
#include "shared/base/path.h"
#include "shared/option/node.h"
#include "shared/spec/spec_node.h"
#include "shared/spec/spec_yaml.h"

struct loading {
	struct ecosystem *eco;
	const char *file; /* as the user named it */
	const char *caller_dir;
	struct spec_node_reader reader;
	struct diagnostics *diags;
	const struct node **places; /* of each app */
};

void ecosystem_done(struct ecosystem *eco)
{
	for (size_t i = 0; i < eco->count; i++)
		app_spec_done(&eco->apps[i]);
	free(eco->apps);
	free(eco->path);
	free(eco->base_dir);
	str_done(&eco->source);
	*eco = (struct ecosystem){};
}

static bool is_javascript(const char *name)
{
	return str_ends(name, ".config.js") || str_ends(name, ".config.cjs") ||
	       str_ends(name, ".config.mjs");
}

static bool is_yaml(const char *name)
{
	return str_ends(name, ".yml") || str_ends(name, ".yaml");
}

bool ecosystem_is_file_name(const char *name)
{
	return is_yaml(name) || str_ends(name, ".json") || is_javascript(name);
}

static void complain(struct loading *loading, const struct node *at, const char *hint,
		     const char *text)
{
	diagnostics_add(loading->diags, DIAGNOSTIC_ERROR, loading->file, at->line, at->column, hint,
			"%s", text);
}

/* A name from the key of a map of apps. */
static void take_name(struct loading *loading, const struct node *node, struct app_spec *spec)
{
	const char *bad = spec_node_bad_name(node->key);
	_cleanup_(mem_freep) char *text = NULL;

	if (app_spec_is_given(spec, SPEC_name)) {
		if (strcmp(spec->name, node->key) != 0)
			complain(loading, node, "leave out 'name'",
				 "the app has two names: its key and 'name'");
		return;
	}
	if (!bad && strlen(node->key) > (size_t)app_spec_table.rows[SPEC_name].max)
		bad = "must not be longer than 200 bytes";
	if (bad) {
		text = mem_printf("the name of an app %s", bad);
		diagnostics_add(loading->diags, DIAGNOSTIC_ERROR, loading->file, node->key_line,
				node->key_column, NULL, "%s", text);
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

static void read_app(struct loading *loading, const struct node *node, bool named)
{
	struct ecosystem *eco = loading->eco;
	struct app_spec *spec = &eco->apps[eco->count];
	const struct ecosystem_resolve_place place = {.base_dir = eco->base_dir,
						      .caller_dir = loading->caller_dir,
						      .file = loading->file,
						      .line = node->line,
						      .column = node->column};

	if (node->kind != NODE_MAP) {
		complain(loading, node, NULL, "an app must be a map of options");
		return;
	}
	app_spec_init(spec);
	loading->places[eco->count++] = node;
	spec_node_read(&loading->reader, node, spec);
	if (named)
		take_name(loading, node, spec);
	if (spec->script)
		ecosystem_resolve_at(spec, &place, loading->diags);
	else if (!script_of(node))
		complain(loading, node, "add what it runs: script: FILE", "the app has no script");
}

static void read_apps(struct loading *loading, const struct node *node)
{
	bool single = node->kind == NODE_MAP && has_script(node);
	size_t count = single ? 1 : node->count;

	if (node->kind != NODE_LIST && node->kind != NODE_MAP) {
		complain(loading, node, NULL,
			 "expected a list of apps, or a map from names to apps");
		return;
	}
	if (!count || count > ECOSYSTEM_APPS_MAX) {
		complain(loading, node, NULL,
			 count ? "too many apps: at most 4096 are read" : "there is no app");
		return;
	}
	loading->eco->apps = mem_zalloc(count * sizeof(*loading->eco->apps));
	loading->places = mem_zalloc(count * sizeof(*loading->places));
	for (size_t i = 0; i < count; i++)
		read_app(loading, single ? node : node->items[i],
			 !single && node->kind == NODE_MAP);
}

static bool names_apps(const char *key)
{
	return strcmp(key, "apps") == 0 || strcmp(key, "pm2") == 0 || strcmp(key, "pmc") == 0;
}

/* What may stand beside `apps:`. */
static void read_beside(struct loading *loading, const struct node *node)
{
	bool pm2 = strcmp(node->key, "deploy") == 0 || strcmp(node->key, "static") == 0;
	bool error = !pm2 && !loading->reader.lenient;

	if (str_starts(node->key, "x-") || *node->key == '.')
		return;
	diagnostics_add(loading->diags, error ? DIAGNOSTIC_ERROR : DIAGNOSTIC_WARNING,
			loading->file, node->key_line, node->key_column,
			pm2 ? NULL : "keys that begin with 'x-' are free for your own use",
			pm2 ? "'%.60s' is not yet obeyed" : "unknown key '%.60s' beside the apps",
			node->key);
}

/* Perhaps `apps` was meant by a key of a file that seems to be a single app. */
static bool suspect_apps(struct loading *loading, const struct node *root)
{
	for (size_t i = 0; i < root->count; i++) {
		const struct node *node = root->items[i];

		if (node->text || strlen(node->key) > 8 || str_distance(node->key, "apps", 2) > 2)
			continue;
		diagnostics_add(loading->diags, DIAGNOSTIC_ERROR, loading->file, node->key_line,
				node->key_column, "did you mean 'apps'?", "unknown key '%s'",
				node->key);
		return true;
	}
	return false;
}

static void read_root_map(struct loading *loading, const struct node *root)
{
	const struct node *apps = NULL;

	for (size_t i = 0; i < root->count; i++) {
		const struct node *node = root->items[i];

		if (!names_apps(node->key))
			continue;
		if (apps)
			complain(loading, node, NULL,
				 "apps are given twice: by 'apps', 'pm2' or 'pmc'");
		apps = apps ? apps : node;
	}
	if (!apps) {
		if (has_script(root) || !suspect_apps(loading, root)) {
			loading->eco->apps = mem_zalloc(sizeof(*loading->eco->apps));
			loading->places = mem_zalloc(sizeof(*loading->places));
			read_app(loading, root, false);
		}
		return;
	}
	for (size_t i = 0; i < root->count; i++)
		if (!names_apps(root->items[i]->key))
			read_beside(loading, root->items[i]);
	read_apps(loading, apps);
}

static const struct node *place_of_name(const struct node *app)
{
	const struct node *name = node_get(app, "name");

	return name ? name : app;
}

static void check_names(struct loading *loading)
{
	struct ecosystem *eco = loading->eco;

	for (size_t i = 1; i < eco->count; i++) {
		for (size_t k = 0; eco->apps[i].name && k < i; k++) {
			_cleanup_(mem_freep) char *text = NULL;

			if (!str_equal(eco->apps[i].name, eco->apps[k].name))
				continue;
			text = mem_printf("two apps are called '%s'; the other is in line %d",
					  eco->apps[i].name,
					  place_of_name(loading->places[k])->line);
			complain(loading, place_of_name(loading->places[i]),
				 "give each a 'name' of its own, or use 'instances'", text);
			break;
		}
	}
}

/* What stands in an anchor is read wherever it is merged: one mistake of it is one message. */
static void drop_repeated(struct diagnostics *diags)
{
	size_t kept = 0;

	for (size_t i = 0; i < diags->count; i++) {
		struct diagnostic *item = &diags->items[i];
		bool repeated = false;

		for (size_t k = 0; item->line && k < kept && !repeated; k++)
			repeated = diags->items[k].line == item->line &&
				   diags->items[k].column == item->column &&
				   diags->items[k].level == item->level &&
				   str_equal(diags->items[k].file, item->file) &&
				   strcmp(diags->items[k].message, item->message) == 0;
		if (!repeated) {
			diags->items[kept++] = *item;
			continue;
		}
		diags->errors -= item->level == DIAGNOSTIC_ERROR;
		free(item->file);
		free(item->message);
		free(item->hint);
	}
	diags->count = kept;
}

static void read_tree(struct loading *loading, const struct node *root)
{
	if (root->kind == NODE_MAP)
		read_root_map(loading, root);
	else
		read_apps(loading, root);
	check_names(loading);
	free(loading->places);
	drop_repeated(loading->diags);
}

static void forget_apps(struct ecosystem *eco)
{
	for (size_t i = 0; i < eco->count; i++)
		app_spec_done(&eco->apps[i]);
	eco->count = 0;
}

static bool is_lenient(const char *path, const struct ecosystem_options *options)
{
	if (options && options->strictness != ECOSYSTEM_BY_NAME)
		return options->strictness == ECOSYSTEM_LENIENT;
	return !is_yaml(path);
}

/* eco->source is there. */
static int parse_source(const char *path, const struct ecosystem_options *options,
			struct ecosystem *eco, struct diagnostics *diags)
{
	_cleanup_(mem_freep) char *here = path_absolute(".");
	_cleanup_(node_destroyp) struct node *root = NULL;
	struct loading loading = {
		.eco = eco,
		.file = path,
		.caller_dir = options && options->caller_dir ? options->caller_dir : here,
		.diags = diags,
		.reader = {.diags = diags, .file = path, .lenient = is_lenient(path, options)}};
	size_t before = diags->errors;

	eco->path = path_absolute(path);
	if (!eco->path) {
		diagnostics_add(diags, DIAGNOSTIC_ERROR, path, 0, 0, NULL,
				"the current directory is gone");
		return -EINVAL;
	}
	eco->base_dir = path_dir(eco->path);
	spec_yaml_parse(str_cstr(&eco->source), eco->source.len, path, diags, &root);
	if (root)
		read_tree(&loading, root);
	if (diags->errors == before)
		return 0;
	forget_apps(eco);
	return -EINVAL;
}

int ecosystem_parse(const char *path, const char *text, size_t len,
		    const struct ecosystem_options *options, struct ecosystem *ret_eco,
		    struct diagnostics *diags)
{
	*ret_eco = (struct ecosystem){};
	if (len > ECOSYSTEM_FILE_MAX) {
		diagnostics_add(diags, DIAGNOSTIC_ERROR, path, 0, 0, NULL, "larger than %d MiB",
				ECOSYSTEM_FILE_MAX >> 20);
		return -EINVAL;
	}
	str_append_bytes(&ret_eco->source, text, len);
	return parse_source(path, options, ret_eco, diags);
}

int ecosystem_load(const char *path, const struct ecosystem_options *options,
		   struct ecosystem *ret_eco, struct diagnostics *diags)
{
	struct pmc_error err = {};

	*ret_eco = (struct ecosystem){};
	if (is_javascript(path)) {
		diagnostics_add(diags, DIAGNOSTIC_ERROR, path, 0, 0,
				"write the apps as .yml or .json",
				"files in JavaScript are not yet read");
		return -EINVAL;
	}
	if (fdio_read_file(AT_FDCWD, path, ECOSYSTEM_FILE_MAX, &ret_eco->source, &err) < 0) {
		diagnostics_add(diags, DIAGNOSTIC_ERROR, path, 0, 0, err.hint[0] ? err.hint : NULL,
				"%s", err.message);
		return -EINVAL;
	}
	return parse_source(path, options, ret_eco, diags);
}
