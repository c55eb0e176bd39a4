#include "cli/cmd.h"

#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "cli/convert.h"
#include "cli/new_file.h"
#include "cli/specs.h"
#include "shared/base/diagnostics.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/spec/ecosystem.h"
#include "shared/spec/interpolate.h"
#include "shared/spec/spec_file.h"

/* Read it back as what it will be: beside the file it was made of, strictly. */
static bool means_the_same(const struct ecosystem *eco, const struct str *yaml)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(ecosystem_done) struct ecosystem back = {};
	_cleanup_(mem_freep) char *path = path_join(eco->base_dir, "ecosystem.yml");
	struct ecosystem_options options = {.strictness = ECOSYSTEM_STRICT};
	bool same = ecosystem_parse(path, yaml->data, yaml->len, &options, &back, &diags) >= 0 &&
		    back.count == eco->count;

	for (size_t i = 0; same && i < eco->count; i++)
		same = app_spec_equal(&eco->apps[i], &back.apps[i]);
	return same;
}

/* In YAML ${NAME} is a variable; in PM2's formats it is what it looks like. */
static void escape_variables(struct node *node)
{
	if (node->kind == NODE_STRING && interpolate_wanted(node->text)) {
		struct str text = {};

		interpolate_escape(node->text, &text);
		free(node->text);
		node->text = str_steal(&text);
	}
	for (size_t i = 0; i < node->count; i++)
		escape_variables(node->items[i]);
}

static bool is_about_apps(const char *key)
{
	static const char *const words[] = {"apps", "pm2", "pmc", "defaults"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(key, words[i]) == 0)
			return true;
	return false;
}

/* What stands beside the apps is left alone by both. */
static void escape_file(struct node *root)
{
	bool has_apps = false;

	for (size_t i = 0; root->kind == NODE_MAP && i < root->count; i++)
		has_apps |= is_about_apps(root->items[i]->key);
	if (!has_apps)
		escape_variables(root);
	for (size_t i = 0; has_apps && i < root->count; i++)
		if (is_about_apps(root->items[i]->key))
			escape_variables(root->items[i]);
}

static int convert(struct command_context *ctx, const char *path, struct str *yaml)
{
	const char *shown = strcmp(path, SPEC_FILE_STDIN) == 0 ? SPEC_FILE_STDIN_NAME : path;
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(ecosystem_done) struct ecosystem eco = {};
	_cleanup_(node_destroyp) struct node *root = NULL;
	_cleanup_(str_done) struct str source = {};
	struct convert_source from = {.name = path_base(shown),
				      .evaluated = spec_file_format(path) == SPEC_FILE_JAVASCRIPT};
	struct ecosystem_options options = {.strictness = ECOSYSTEM_LENIENT};
	int r = spec_file_load(path, &source, &diags, &root);

	if (r >= 0)
		r = ecosystem_parse(shown, source.data, source.len, &options, &eco, &diags);
	if (r < 0)
		return specs_refuse(ctx, path, &diags, &source);
	from.apps = eco.apps;
	from.count = eco.count;
	if (spec_file_format(path) != SPEC_FILE_YAML)
		escape_file(root);
	convert_tree(&from, root, yaml);
	if (means_the_same(&eco, yaml))
		return 0;
	say_fail(&ctx->say,
		 "%s cannot be said in YAML so that it means the same; nothing was "
		 "written",
		 path);
	return 1;
}

static void warn_of_folder(struct command_context *ctx, const char *from, const char *to)
{
	_cleanup_(mem_freep) char *here = path_absolute(from), *there = path_absolute(to);
	_cleanup_(mem_freep) char *a = here ? path_dir(here) : NULL,
				  *b = there ? path_dir(there) : NULL;

	if (strcmp(from, SPEC_FILE_STDIN) != 0 && a && b && strcmp(a, b) != 0)
		say_warn(&ctx->say, "relative paths in %s are relative to %s now, not to %s", to, b,
			 a);
}

static int run(struct command_context *ctx)
{
	const char *path = ctx->args->words.items[0], *to = ctx->flags->to;
	_cleanup_(str_done) struct str yaml = {};
	struct pmc_error err = {};

	if (convert(ctx, path, &yaml) != 0)
		return 1;
	if (!to)
		return say_text(&ctx->say, yaml.data, yaml.len);
	/* what a program computed may be secret */
	if (new_file_write(to, &yaml, 0600, ctx->flags->force, &err) < 0)
		return say_error(&ctx->say, &err);
	warn_of_folder(ctx, path, to);
	say_info(&ctx->say, "%s is written: pmc start %s", to, to);
	return 0;
}

const struct command cmd_convert = {
	.name = "convert",
	.summary = "Print an ecosystem file of PM2 as YAML of pmc.",
	.args = "<file>",
	.doc = "Takes what `pmc start` takes: JavaScript, JSON, package.json, - for stdin. Options "
	       "that "
	       "mean something else here have a comment; those that mean nothing are kept as one. "
	       "--output writes a file (0600) beside the one it is made of. Starts no daemon.",
	.group = GROUP_FILES,
	.target = TARGET_FILE,
	.min_words = 1,
	.max_words = 1,
	.flags = COMMAND_FLAGS(FLAG_to, FLAG_force),
	.run = run,
};
