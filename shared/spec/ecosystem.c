#include "shared/spec/ecosystem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/error.h"
#include "shared/base/fdio.h"
#include "shared/base/path.h"
#include "shared/option/node.h"
#include "shared/spec/ecosystem_apps.h"
#include "shared/spec/spec_yaml.h"

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
	struct ecosystem_apps apps = {
		.eco = eco,
		.caller_dir = options && options->caller_dir ? options->caller_dir : here,
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
		ecosystem_apps_read(&apps, root);
	drop_repeated(diags);
	if (diags->errors == before)
		return 0;
	forget_apps(eco);
	return -EINVAL;
}

static void add_too_large(const char *path, struct diagnostics *diags)
{
	diagnostics_add(diags, DIAGNOSTIC_ERROR, path, 0, 0, NULL, "larger than %d MiB",
			ECOSYSTEM_FILE_MAX >> 20);
}

int ecosystem_parse(const char *path, const char *text, size_t len,
		    const struct ecosystem_options *options, struct ecosystem *ret_eco,
		    struct diagnostics *diags)
{
	*ret_eco = (struct ecosystem){};
	if (len > ECOSYSTEM_FILE_MAX) {
		add_too_large(path, diags);
		return -EINVAL;
	}
	str_append_bytes(&ret_eco->source, text, len);
	return parse_source(path, options, ret_eco, diags);
}

/* The place names the file already: only what is wrong with it. */
static void add_unreadable(const char *path, const struct pmc_error *err, struct diagnostics *diags)
{
	const char *hint = err->hint[0] ? err->hint : NULL;

	if (err->code == -EFBIG)
		add_too_large(path, diags);
	else
		diagnostics_add(diags, DIAGNOSTIC_ERROR, path, 0, 0, hint, "cannot be read: %s",
				err->code == -EINVAL ? "not a regular file"
						     : pmc_error_text(err->code));
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
		add_unreadable(path, &err, diags);
		return -EINVAL;
	}
	return parse_source(path, options, ret_eco, diags);
}
