#include "shared/spec/ecosystem_apps.h"

#include <stdarg.h>
#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/spec/ecosystem_app.h"
#include "shared/spec/ecosystem_include.h"
#include "shared/spec/ecosystem_interpolate.h"
#include "shared/spec/ecosystem_names.h"
#include "shared/spec/spec_file.h"

void ecosystem_apps_complain(const struct ecosystem_apps_file *file, const struct node *at,
			     const char *hint, const char *fmt, ...)
{
	_cleanup_(str_done) struct str text = {};
	va_list args;

	va_start(args, fmt);
	str_appendv(&text, fmt, args);
	va_end(args);
	diagnostics_add(file->reader.diags, DIAGNOSTIC_ERROR, file->shown, at->line, at->column,
			hint, "%s", str_cstr(&text));
}

size_t ecosystem_apps_weigh(const struct node *node)
{
	size_t bytes = sizeof(*node) + (node->text ? strlen(node->text) : 0) +
		       (node->key ? strlen(node->key) : 0);

	for (size_t i = 0; i < node->count; i++)
		bytes += ecosystem_apps_weigh(node->items[i]);
	return bytes;
}

bool ecosystem_apps_charge(struct ecosystem_apps *apps, const char *file, const struct node *at,
			   size_t bytes)
{
	if (bytes <= ECOSYSTEM_APPS_BYTES_MAX - apps->spent) {
		apps->spent += bytes;
		return true;
	}
	if (apps->spent < ECOSYSTEM_APPS_BYTES_MAX)
		diagnostics_add(apps->diags, DIAGNOSTIC_ERROR, file, at->line, at->column, NULL,
				"more than %d MiB with all defaults, env files and included files",
				ECOSYSTEM_APPS_BYTES_MAX >> 20);
	apps->spent = ECOSYSTEM_APPS_BYTES_MAX;
	return false;
}

static void read_apps(struct ecosystem_apps *apps, struct ecosystem_apps_file *file,
		      const struct node *node)
{
	bool single = node->kind == NODE_MAP && ecosystem_app_has_script(node);
	size_t count = single ? 1 : node->count;

	if (node->kind != NODE_LIST && node->kind != NODE_MAP) {
		ecosystem_apps_complain(file, node, NULL,
					"expected a list of apps, or a map from names to apps");
		return;
	}
	if (!count || count > ECOSYSTEM_APPS_MAX - apps->eco->count) {
		ecosystem_apps_complain(file, node, NULL,
					count ? "too many apps: at most %d are read"
					      : "there is no app",
					ECOSYSTEM_APPS_MAX);
		return;
	}
	for (size_t i = 0; i < count; i++)
		ecosystem_app_read(apps, file, single ? node : node->items[i],
				   !single && node->kind == NODE_MAP);
}

static bool names_apps(const char *key)
{
	return strcmp(key, "apps") == 0 || strcmp(key, "pm2") == 0 || strcmp(key, "pmc") == 0;
}

/* Keys of ours that make a file of apps even without `apps`. */
static bool is_about_apps(const char *key)
{
	return strcmp(key, "include") == 0 || strcmp(key, "defaults") == 0;
}

/* What may stand beside `apps:`. */
static void read_beside(struct ecosystem_apps_file *file, const struct node *node)
{
	bool pm2 = strcmp(node->key, "deploy") == 0 || strcmp(node->key, "static") == 0;
	bool error = !pm2 && !file->reader.lenient;

	if (str_starts(node->key, "x-") || *node->key == '.' || names_apps(node->key) ||
	    is_about_apps(node->key))
		return;
	diagnostics_add(file->reader.diags, error ? DIAGNOSTIC_ERROR : DIAGNOSTIC_WARNING,
			file->shown, node->key_line, node->key_column,
			pm2 ? NULL : "keys that begin with 'x-' are free for your own use",
			pm2 ? "'%.60s' is not yet obeyed" : "unknown key '%.60s' beside the apps",
			node->key);
}

/* Perhaps `apps` was meant by a key of a file that seems to be a single app. */
static bool suspect_apps(struct ecosystem_apps_file *file, const struct node *root)
{
	for (size_t i = 0; i < root->count; i++) {
		const struct node *node = root->items[i];

		if (node->text || strlen(node->key) > 8 || str_distance(node->key, "apps", 2) > 2)
			continue;
		diagnostics_add(file->reader.diags, DIAGNOSTIC_ERROR, file->shown, node->key_line,
				node->key_column, "did you mean 'apps'?", "unknown key '%s'",
				node->key);
		return true;
	}
	return false;
}

/* The list or map of apps; NULL: there is none. */
static const struct node *find_apps(struct ecosystem_apps_file *file, const struct node *root)
{
	const struct node *found = NULL;

	for (size_t i = 0; i < root->count; i++) {
		const struct node *node = root->items[i];

		if (!names_apps(node->key))
			continue;
		if (found)
			ecosystem_apps_complain(file, node, NULL,
						"apps are given twice: by 'apps', 'pm2' or 'pmc'");
		found = found ? found : node;
	}
	return found;
}

static void read_root_map(struct ecosystem_apps *apps, struct ecosystem_apps_file *file,
			  const struct node *root)
{
	const struct node *defaults = node_get(root, "defaults");
	const struct node *include = node_get(root, "include");
	const struct node *found = find_apps(file, root);

	if (!found && !defaults && !include) {
		if (ecosystem_app_has_script(root) || !suspect_apps(file, root))
			ecosystem_app_read(apps, file, root, false);
		return;
	}
	for (size_t i = 0; i < root->count; i++)
		read_beside(file, root->items[i]);
	if (defaults)
		ecosystem_defaults_read(&file->defaults, &file->reader, file->base_dir, defaults);
	if (found)
		read_apps(apps, file, found);
	else if (!include)
		ecosystem_apps_complain(file, root, "add them: apps:", "there are no apps");
	if (include)
		ecosystem_include_read(apps, file, include);
}

static bool is_lenient(const struct ecosystem_apps *apps, const char *shown)
{
	if (apps->options->strictness != ECOSYSTEM_BY_NAME)
		return apps->options->strictness == ECOSYSTEM_LENIENT;
	return !spec_file_is_strict(shown);
}

/* `root` may be changed. */
static void read_file(struct ecosystem_apps *apps, struct ecosystem_apps_file *file,
		      struct node *root)
{
	file->reader = (struct spec_node_reader){.diags = apps->diags,
						 .file = file->shown,
						 .lenient = is_lenient(apps, file->shown)};
	ecosystem_defaults_init(&file->defaults, file->includer ? &file->includer->defaults : NULL);
	if (spec_file_format(file->shown) == SPEC_FILE_YAML)
		ecosystem_interpolate(apps, file, root);
	if (root->kind == NODE_MAP)
		read_root_map(apps, file, root);
	else
		read_apps(apps, file, root);
	ecosystem_defaults_done(&file->defaults);
}

void ecosystem_apps_read_included(struct ecosystem_apps *apps,
				  const struct ecosystem_apps_file *includer, const char *shown,
				  const char *real)
{
	_cleanup_(mem_freep) char *path = path_absolute(shown);
	_cleanup_(mem_freep) char *base_dir = path_dir(path ? path : real);
	_cleanup_(node_destroyp) struct node *root = NULL;
	_cleanup_(str_done) struct str source = {};
	struct ecosystem_apps_file file = {.includer = includer, .base_dir = base_dir};

	strlist_add(&apps->shown_files, shown);
	strlist_add(&apps->real_files, real);
	file.shown = apps->shown_files.items[apps->shown_files.count - 1];
	file.real = real;
	spec_file_load(shown, &source, apps->diags, &root);
	if (root &&
	    ecosystem_apps_charge(apps, file.shown, root, source.len + ecosystem_apps_weigh(root)))
		read_file(apps, &file, root);
}

static void warn_of_profile(const struct ecosystem_apps *apps)
{
	const char *profile = apps->options->profile;

	if (profile && !apps->profile_found && !apps->options->names_only)
		diagnostics_add(apps->diags, DIAGNOSTIC_WARNING, apps->shown, 0, 0, NULL,
				"Environment [%.100s] is not defined in process file", profile);
}

void ecosystem_apps_read(struct ecosystem_apps *apps, struct node *root)
{
	_cleanup_(mem_freep) char *real = realpath(apps->eco->path, NULL);
	struct ecosystem_apps_file file = {.shown = apps->shown,
					   .real = real ? real : apps->eco->path,
					   .base_dir = apps->eco->base_dir};

	strlist_add(&apps->real_files, file.real);
	read_file(apps, &file, root);
	ecosystem_names_check(apps);
	warn_of_profile(apps);
	strlist_done(&apps->shown_files);
	strlist_done(&apps->real_files);
	free(apps->places);
	apps->places = NULL;
}
