#include "shared/spec/ecosystem_env.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/diagnostics.h"
#include "shared/base/error.h"
#include "shared/base/fdio.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/spec/dotenv.h"
#include "shared/spec/ecosystem_apps.h"

struct layers {
	struct ecosystem_apps *apps;
	const struct ecosystem_apps_file *file;
	const struct node *app;
	struct keyval env; /* so far */
};

static const struct keyval *profile_of(const struct app_spec *spec, const char *name)
{
	for (size_t i = 0; name && i < spec->profile_count; i++)
		if (strcmp(spec->profiles[i].name, name) == 0)
			return &spec->profiles[i].env;
	return NULL;
}

void ecosystem_env_take(struct app_spec *to, struct app_spec *from)
{
	to->env = from->env;
	to->profiles = from->profiles;
	to->profile_count = from->profile_count;
	from->env = (struct keyval){};
	from->profiles = NULL;
	from->profile_count = 0;
}

static void put_under(struct keyval *env, const struct keyval *lower)
{
	struct keyval both = {};

	keyval_copy(&both, lower);
	keyval_merge(&both, env);
	keyval_done(env);
	*env = both;
}

static void put_profiles_under(struct app_spec *spec, const struct app_spec *lower)
{
	for (size_t i = 0; i < lower->profile_count; i++) {
		const struct spec_profile *profile = &lower->profiles[i];
		const struct keyval *own = profile_of(spec, profile->name);
		_cleanup_(keyval_done) struct keyval both = {};

		keyval_copy(&both, &profile->env);
		if (own)
			keyval_merge(&both, own);
		app_spec_set_profile(spec, profile->name, &both);
	}
}

void ecosystem_env_put_under(struct app_spec *spec, const struct app_spec *lower)
{
	put_under(&spec->env, &lower->env);
	put_profiles_under(spec, lower);
}

/* As the user would type it from where he is. */
static const char *shorten(const struct layers *layers, const char *path)
{
	const char *dir = layers->apps->options->caller_dir;
	size_t len = strlen(dir);

	return str_starts(path, dir) && path[len] == '/' ? path + len + 1 : path;
}

/* At the place of the n-th of `env_file`: in the app, else in the defaults. */
static void complain(const struct layers *layers, size_t n, const char *hint, char *text)
{
	const struct ecosystem_defaults *defaults = &layers->file->defaults;
	const struct node *node = spec_node_find(layers->app, SPEC_env_file);
	const char *file = node ? layers->file->shown : defaults->env_file_in;

	if (node && node->kind == NODE_LIST && n < node->count)
		node = node->items[n];
	diagnostics_add(layers->apps->diags, DIAGNOSTIC_ERROR, file,
			node ? node->line : defaults->env_file_line,
			node ? node->column : defaults->env_file_column, hint, "%s", text);
	free(text);
}

/* `needed` false: it may be missing. */
static void add_file(struct layers *layers, size_t n, const char *path, bool needed)
{
	struct ecosystem_apps *apps = layers->apps;
	const char *shown = shorten(layers, path);
	_cleanup_(str_done) struct str text = {};
	struct pmc_error err = {};
	int r = fdio_read_file(AT_FDCWD, path, DOTENV_FILE_MAX, &text, &err);

	if (r == -ENOENT && !needed)
		return;
	if (r == -EFBIG)
		complain(layers, n, NULL,
			 mem_printf("the env file %s is larger than %d MiB", shown,
				    DOTENV_FILE_MAX >> 20));
	else if (r < 0)
		complain(layers, n,
			 r == -ENOENT ? "paths are relative to the folder of the file that has "
					"them"
				      : NULL,
			 mem_printf("the env file %s cannot be read: %s", shown,
				    r == -EINVAL ? "not a regular file" : pmc_error_text(r)));
	else if (ecosystem_apps_charge(apps, layers->file->shown, layers->app, text.len))
		dotenv_parse(str_cstr(&text), text.len, shown, apps->options->caller_env,
			     &layers->env, apps->diags);
	apps->profile_found |= r == 0 && !needed;
}

static void add_files(struct layers *layers, const struct app_spec *spec)
{
	const char *profile = layers->apps->options->profile;

	if (layers->apps->options->names_only)
		return;
	if (spec->env_file.count > ECOSYSTEM_ENV_FILES_MAX) {
		complain(layers, 0, NULL,
			 mem_printf("%zu env files, at most %d are allowed", spec->env_file.count,
				    ECOSYSTEM_ENV_FILES_MAX));
		return;
	}
	for (size_t i = 0; i < spec->env_file.count; i++) {
		_cleanup_(mem_freep) char *of_profile = NULL;

		add_file(layers, i, spec->env_file.items[i], true);
		if (!profile)
			continue;
		of_profile = mem_printf("%s.%s", spec->env_file.items[i], profile);
		add_file(layers, i, of_profile, false);
	}
}

static void add_profile(struct layers *layers, const struct app_spec *spec)
{
	const struct keyval *env = profile_of(spec, layers->apps->options->profile);

	if (!env)
		return;
	keyval_merge(&layers->env, env);
	layers->apps->profile_found = true;
}

void ecosystem_env_apply(struct ecosystem_apps *apps, const struct ecosystem_apps_file *file,
			 const struct node *app, struct app_spec *spec)
{
	const struct app_spec *defaults = &file->defaults.spec;
	struct layers layers = {.apps = apps, .file = file, .app = app};

	keyval_copy(&layers.env, &defaults->env);
	add_files(&layers, spec);
	keyval_merge(&layers.env, &spec->env);
	put_profiles_under(spec, defaults);
	add_profile(&layers, spec);
	keyval_done(&spec->env);
	spec->env = layers.env;
	if (spec->env.count > 0)
		app_spec_mark_given(spec, SPEC_env);
}
