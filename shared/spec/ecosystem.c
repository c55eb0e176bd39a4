#include "shared/spec/ecosystem.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/diagnostics.h"
#include "shared/base/path.h"
#include "shared/option/node.h"
#include "shared/spec/ecosystem_apps.h"
#include "shared/spec/spec_file.h"

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

bool ecosystem_is_file_name(const char *name)
{
	return spec_file_format(name) != SPEC_FILE_OTHER;
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

static void forget_apps(struct ecosystem *eco)
{
	for (size_t i = 0; i < eco->count; i++)
		app_spec_done(&eco->apps[i]);
	eco->count = 0;
}

/* Where the file is: base_dir and path. */
static int set_place(const char *path, struct ecosystem *eco, struct diagnostics *diags)
{
	eco->path = path_absolute(path);
	if (eco->path) {
		eco->base_dir = path_dir(eco->path);
		return 0;
	}
	diagnostics_add(diags, DIAGNOSTIC_ERROR, path, 0, 0, NULL, "the current directory is gone");
	return -EINVAL;
}

/* What was read (NULL: nothing could be) becomes apps; `before`: mistakes before the file. */
static int read_apps(const char *path, const struct ecosystem_options *options, struct node *root,
		     size_t before, struct ecosystem *eco, struct diagnostics *diags)
{
	_cleanup_(mem_freep) char *here = path_absolute(".");
	_cleanup_(keyval_done) struct keyval own_env = {};
	struct ecosystem_options filled = options ? *options : (struct ecosystem_options){};
	struct ecosystem_apps apps = {
		.eco = eco, .options = &filled, .shown = path, .diags = diags};

	if (!filled.caller_dir)
		filled.caller_dir = here;
	if (!filled.caller_env) {
		keyval_from_environ(&own_env, environ);
		filled.caller_env = &own_env;
	}
	if (root)
		ecosystem_apps_read(&apps, root);
	drop_repeated(diags);
	if (diags->errors == before)
		return 0;
	forget_apps(eco);
	return -EINVAL;
}

int ecosystem_parse(const char *path, const char *text, size_t len,
		    const struct ecosystem_options *options, struct ecosystem *ret_eco,
		    struct diagnostics *diags)
{
	_cleanup_(node_destroyp) struct node *root = NULL;
	size_t before = diags->errors;

	*ret_eco = (struct ecosystem){};
	if (len <= SPEC_FILE_MAX)
		str_append_bytes(&ret_eco->source, text, len);
	if (set_place(path, ret_eco, diags) < 0)
		return -EINVAL;
	spec_file_parse(path, text, len, diags, &root);
	return read_apps(path, options, root, before, ret_eco, diags);
}

int ecosystem_load(const char *path, const struct ecosystem_options *options,
		   struct ecosystem *ret_eco, struct diagnostics *diags)
{
	_cleanup_(node_destroyp) struct node *root = NULL;
	const char *name = spec_file_shown(path);
	size_t before = diags->errors;

	*ret_eco = (struct ecosystem){};
	if (set_place(name, ret_eco, diags) < 0)
		return -EINVAL;
	spec_file_load(path, &ret_eco->source, diags, &root);
	return read_apps(name, options, root, before, ret_eco, diags);
}
