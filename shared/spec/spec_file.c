#include "shared/spec/spec_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/diagnostics.h"
#include "shared/base/error.h"
#include "shared/base/fdio.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/spec/spec_js.h"
#include "shared/spec/spec_js_place.h"
#include "shared/spec/spec_json_text.h"
#include "shared/spec/spec_text.h"
#include "shared/spec/spec_yaml.h"

enum spec_file_format spec_file_format(const char *path)
{
	static const struct {
		const char *end;
		enum spec_file_format format;
	} ends[] = {{".yml", SPEC_FILE_YAML},
		    {".yaml", SPEC_FILE_YAML},
		    {".json", SPEC_FILE_JSON},
		    {".json5", SPEC_FILE_JSON},
		    {".config.js", SPEC_FILE_JAVASCRIPT},
		    {".config.cjs", SPEC_FILE_JAVASCRIPT},
		    {".config.mjs", SPEC_FILE_JAVASCRIPT},
		    {".config.ts", SPEC_FILE_JAVASCRIPT},
		    {".config.cts", SPEC_FILE_JAVASCRIPT},
		    {".config.mts", SPEC_FILE_JAVASCRIPT}};

	if (strcmp(path_base(path), "package.json") == 0)
		return SPEC_FILE_PACKAGE;
	if (strcmp(path, SPEC_FILE_STDIN) == 0 || strcmp(path, SPEC_FILE_STDIN_NAME) == 0)
		return SPEC_FILE_JSON;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (str_ends(path, ends[i].end))
			return ends[i].format;
	return SPEC_FILE_OTHER;
}

const char *spec_file_shown(const char *path)
{
	return strcmp(path, SPEC_FILE_STDIN) == 0 ? SPEC_FILE_STDIN_NAME : path;
}

bool spec_file_is_strict(const char *path)
{
	return spec_file_format(path) == SPEC_FILE_YAML;
}

static int parse_json(const char *path, const char *text, size_t len, struct diagnostics *diags,
		      struct node **ret_root)
{
	struct pmc_error syntax = {};
	int r = spec_json_text_parse(text, len, path, diags, ret_root, &syntax);

	if (r == -EBADMSG)
		r = spec_js_expression(text, len, path, &syntax, diags, ret_root);
	if (syntax.code && *ret_root)
		spec_js_place_guess(text, len, *ret_root);
	return r;
}

/* Of package.json only what is meant for us is left: a map with the key pm2 or pmc, or the map with
 * `apps` that stands there. */
static int keep_ours(const char *path, struct diagnostics *diags, struct node **root)
{
	struct node *kept = node_create(NODE_MAP, NULL), *package = *root;

	for (size_t i = 0; package->kind == NODE_MAP && i < package->count; i++) {
		struct node *node = package->items[i];

		if (strcmp(node->key, "pm2") != 0 && strcmp(node->key, "pmc") != 0)
			continue;
		node_add(kept, node);
		memmove(package->items + i, package->items + i + 1,
			(--package->count - i) * sizeof(*package->items));
		i--;
	}
	node_destroy(package);
	*root = NULL;
	if (kept->count == 0) {
		node_destroy(kept);
		diagnostics_add(diags, DIAGNOSTIC_ERROR, path, 0, 0,
				"add \"pm2\": { \"apps\": [ … ] }, or name another file",
				"says nothing about apps: it has no key pm2 or pmc");
		return -EINVAL;
	}
	if (kept->count == 1 && node_get(kept->items[0], "apps")) {
		*root = kept->items[0];
		kept->count = 0;
		node_destroy(kept);
		return 0;
	}
	*root = kept;
	return 0;
}

static int parse_javascript(const char *path, const char *text, size_t len,
			    struct diagnostics *diags, struct node **ret_root)
{
	int r;

	if (!spec_text_check(text, len, path, diags))
		return -EINVAL;
	if (spec_text_blank(text, len)) {
		diagnostics_add(diags, DIAGNOSTIC_ERROR, path, 0, 0, NULL, "the file is empty");
		return -EINVAL;
	}
	r = spec_js_load(path, diags, ret_root);
	if (r == 0)
		spec_js_place_guess(text, len, *ret_root);
	return r;
}

int spec_file_parse(const char *path, const char *text, size_t len, struct diagnostics *diags,
		    struct node **ret_root)
{
	int r = -EINVAL, kept;

	*ret_root = NULL;
	if (len > SPEC_FILE_MAX) {
		diagnostics_add(diags, DIAGNOSTIC_ERROR, path, 0, 0, NULL, "larger than %d MiB",
				SPEC_FILE_MAX >> 20);
		return -EINVAL;
	}
	switch (spec_file_format(path)) {
	case SPEC_FILE_JSON:
		return parse_json(path, text, len, diags, ret_root);
	case SPEC_FILE_PACKAGE:
		r = parse_json(path, text, len, diags, ret_root);
		kept = *ret_root ? keep_ours(path, diags, ret_root) : r;
		return r < 0 ? r : kept;
	case SPEC_FILE_JAVASCRIPT:
		return parse_javascript(path, text, len, diags, ret_root);
	case SPEC_FILE_YAML:
	case SPEC_FILE_OTHER:
		return spec_yaml_parse(text, len, path, diags, ret_root);
	}
	unreachable();
}

/* The place names the file already: only what is wrong with it. */
static int add_unreadable(const char *path, const struct pmc_error *err, struct diagnostics *diags)
{
	const char *hint = err->hint[0] ? err->hint : NULL;

	if (err->code == -EFBIG)
		diagnostics_add(diags, DIAGNOSTIC_ERROR, path, 0, 0, hint, "larger than %d MiB",
				SPEC_FILE_MAX >> 20);
	else
		diagnostics_add(diags, DIAGNOSTIC_ERROR, path, 0, 0, hint, "cannot be read: %s",
				err->code == -EINVAL ? "not a regular file"
						     : pmc_error_text(err->code));
	return -EINVAL;
}

int spec_file_load(const char *path, struct str *source, struct diagnostics *diags,
		   struct node **ret_root)
{
	bool is_stdin = strcmp(path, SPEC_FILE_STDIN) == 0;
	const char *name = spec_file_shown(path);
	struct pmc_error err = {};
	int r = is_stdin ? fdio_read_stream(STDIN_FILENO, SPEC_FILE_MAX, source)
			 : fdio_read_file(AT_FDCWD, path, SPEC_FILE_MAX, source, &err);

	*ret_root = NULL;
	if (is_stdin)
		err.code = r;
	if (r < 0)
		return add_unreadable(name, &err, diags);
	return spec_file_parse(name, str_cstr(source), source->len, diags, ret_root);
}
