#include "cli/specs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/act.h"
#include "cli/args.h"
#include "cli/command.h"
#include "cli/conf.h"
#include "shared/base/diagnostics.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/model/json_text.h"
#include "shared/spec/ecosystem.h"
#include "shared/spec/ecosystem_find.h"
#include "shared/spec/ecosystem_names.h"
#include "shared/spec/spec_file.h"
#include "shared/spec/spec_json.h"

/* All of them to stderr; on a terminal with the source lines (may be NULL). */
static void print_diagnostics(const struct diagnostics *diags, const struct str *source)
{
	_cleanup_(str_done) struct str text = {};
	bool show = source && source->data && isatty(STDERR_FILENO);

	diagnostics_format(diags, show ? source->data : NULL, show ? source->len : 0, &text);
	(void)fdio_write_all(STDERR_FILENO, str_cstr(&text), text.len);
}

/* Those of the command line, which has no places. */
static void say_diagnostics(const struct say *say, const struct diagnostics *diags)
{
	for (size_t i = 0; i < diags->count; i++) {
		const struct diagnostic *one = &diags->items[i];

		if (one->level == DIAGNOSTIC_ERROR)
			say_fail(say, "%s", one->message);
		else
			say_warn(say, "%s", one->message);
		say_hint(say, one->hint);
	}
}

static enum ecosystem_strictness strictness(const struct flags *flags)
{
	if (flags->strict)
		return ECOSYSTEM_STRICT;
	return flags->lenient ? ECOSYSTEM_LENIENT : ECOSYSTEM_BY_NAME;
}

int specs_refuse(struct command_context *ctx, const char *path, const struct diagnostics *diags,
		 const struct str *source)
{
	print_diagnostics(diags, source);
	say_fail(&ctx->say, "%s: %zu mistake%s, nothing was done", spec_file_shown(path),
		 diags->errors, diags->errors == 1 ? "" : "s");
	return 1;
}

static int load(struct command_context *ctx, const char *path, bool names_only,
		struct ecosystem *ret_eco)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {.source_file = path};
	struct ecosystem_options options = {.strictness = strictness(ctx->flags),
					    .profile = ctx->flags->env,
					    .names_only = names_only};
	int r = ecosystem_load(path, &options, ret_eco, &diags);

	if (r < 0) {
		specs_refuse(ctx, path, &diags, &ret_eco->source);
		ecosystem_done(ret_eco);
		return 1;
	}
	if (diags.count > 0 && !ctx->say.silent)
		print_diagnostics(&diags, &ret_eco->source);
	return 0;
}

int specs_load(struct command_context *ctx, const char *path, struct ecosystem *ret_eco)
{
	return load(ctx, path, false, ret_eco);
}

/* A path on the command line is relative to the caller, whatever it is given for. */
static char *absolute_value(const struct option *option, const char *text)
{
	bool path = option->type == OPTION_PATH ||
		    (option->type == OPTION_PATH_OR_BOOL && strcmp(text, "true") != 0 &&
		     strcmp(text, "false") != 0);
	_cleanup_(mem_freep) char *expanded = NULL;

	if (!path || strcmp(text, "NULL") == 0)
		return mem_strdup(text);
	expanded = path_expand_home(text);
	return path_absolute(expanded);
}

static int add_option(json_t *options, const struct args_setting *setting, struct pmc_error *err)
{
	const struct option *option = setting->option;
	_cleanup_(app_spec_done) struct app_spec scratch = {};
	_cleanup_(mem_freep) char *text = NULL;
	int r;

	if (!setting->text) {
		json_object_set_new(options, option->name, json_null());
		return 0;
	}
	text = absolute_value(option, setting->text);
	if (!text)
		return pmc_error_set(err, -ENOENT, "the current directory is gone");
	app_spec_init(&scratch);
	r = app_spec_set_text(&scratch, (enum spec_option)option->index, text, err);
	if (r < 0)
		return r;
	json_object_set_new(options, option->name, option_to_json(option, &scratch));
	return 0;
}

int specs_options(const struct command_context *ctx, json_t **ret_options, struct pmc_error *err)
{
	const struct args *args = ctx->args;
	json_t *options = json_object();

	for (size_t i = 0; i < args->nsettings; i++) {
		int r = add_option(options, &args->settings[i], err);

		if (r < 0) {
			json_decref(options);
			return r;
		}
	}
	if (args->has_rest) {
		json_t *words = json_array();

		for (size_t i = 0; i < args->rest.count; i++)
			json_array_append_new(words, json_text(args->rest.items[i]));
		json_object_set_new(options, "args", words);
	}
	*ret_options = options;
	return 0;
}

/* The flags over a spec. `named`: a --name makes sense for it. */
static int merge_flags(struct command_context *ctx, struct app_spec *spec, bool named)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	struct pmc_error err = {};
	json_t *options;
	int r;

	if (specs_options(ctx, &options, &err) < 0)
		return say_error(&ctx->say, &err);
	if (!named)
		json_object_del(options, "name");
	r = spec_json_merge(spec, options, &diags);
	json_decref(options);
	if (r < 0)
		say_diagnostics(&ctx->say, &diags);
	return r < 0 ? 1 : 0;
}

void specs_add(struct command_context *ctx, const struct app_spec *spec, const char *base_dir,
	       json_t *apps)
{
	json_t *app = json_object(), *env = act_environment(ctx);

	conf_add_variables(ctx, spec->name, env);
	json_object_set_new(app, "spec", spec_json_write(spec));
	json_object_set_new(app, "env", env);
	json_object_set_new(app, "base_dir", json_string(base_dir));
	json_array_append_new(apps, app);
}

static bool is_wanted(const struct command_context *ctx, const struct app_spec *spec)
{
	const struct strlist *only = &ctx->flags->only;

	for (size_t i = 0; i < only->count; i++)
		if (ecosystem_names_match(spec, ctx->flags->env, only->items[i]))
			return true;
	return !args_given(ctx->args, FLAG_only);
}

/* Every name behind --only must be one of an app of the file. */
static int check_only(struct command_context *ctx, const char *path, const struct ecosystem *eco)
{
	const struct strlist *only = &ctx->flags->only;
	_cleanup_(str_done) struct str names = {};
	int failed = 0;

	for (size_t i = 0; i < eco->count; i++)
		str_appendf(&names, "%s%s", i ? ", " : "", eco->apps[i].name);
	for (size_t i = 0; i < only->count; i++) {
		bool found = false;

		for (size_t k = 0; k < eco->count && !found; k++)
			found = ecosystem_names_match(&eco->apps[k], ctx->flags->env,
						      only->items[i]);
		if (found)
			continue;
		say_fail(&ctx->say, "%s: there is no app '%s' in it, nothing was done", path,
			 only->items[i]);
		say_hint(&ctx->say, str_cstr(&names));
		failed = 1;
	}
	return failed;
}

int specs_add_names(struct command_context *ctx, const char *path, json_t *targets)
{
	_cleanup_(ecosystem_done) struct ecosystem eco = {};
	int r = load(ctx, path, true, &eco);

	if (r == 0)
		r = check_only(ctx, path, &eco);
	for (size_t i = 0; r == 0 && i < eco.count; i++)
		if (is_wanted(ctx, &eco.apps[i]))
			json_array_append_new(targets, json_text(eco.apps[i].name));
	return r;
}

int specs_refuse_file_flags(struct command_context *ctx, const char *word)
{
	if (ctx->flags->env)
		say_fail(&ctx->say,
			 "Using --env [env] without passing the ecosystem.config.js does not work");
	else if (args_given(ctx->args, FLAG_only))
		say_fail(&ctx->say, "--only chooses apps of an ecosystem file: '%s' is none", word);
	else
		return 0;
	return 1;
}

int specs_add_file(struct command_context *ctx, const char *path, json_t *apps)
{
	_cleanup_(ecosystem_done) struct ecosystem eco = {};
	int r = specs_load(ctx, path, &eco);

	if (r == 0)
		r = check_only(ctx, path, &eco);
	for (size_t i = 0; r == 0 && i < eco.count; i++) {
		if (!is_wanted(ctx, &eco.apps[i]))
			continue;
		r = merge_flags(ctx, &eco.apps[i], eco.count == 1);
		if (r == 0)
			specs_add(ctx, &eco.apps[i], eco.base_dir, apps);
	}
	if (r == 0 && eco.count == 0)
		say_warn(&ctx->say, "%s: there are no apps in it", spec_file_shown(path));
	return r;
}

int specs_add_default(struct command_context *ctx, json_t *apps)
{
	struct ecosystem_find file = ecosystem_find_file();
	_cleanup_(mem_freep) char *names = file.name ? NULL : ecosystem_find_names();

	if (!file.name) {
		say_fail(&ctx->say,
			 "nothing is named, and no ecosystem file is here: looked for %s", names);
		return 1;
	}
	say_info(&ctx->say, "Using %s", file.name);
	if (file.next)
		say_warn(&ctx->say, "%s is here, too, and is not read: name it to use it",
			 file.next);
	return specs_add_file(ctx, file.name, apps);
}

int specs_of_script(struct command_context *ctx, const char *script, struct app_spec *ret_spec)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(mem_freep) char *here = path_absolute(".");
	struct pmc_error err = {};

	if (!here) {
		say_fail(&ctx->say, "the current directory is gone");
		return 1;
	}
	app_spec_init(ret_spec);
	if (app_spec_set_text(ret_spec, SPEC_script, script, &err) < 0) {
		app_spec_done(ret_spec);
		return say_error(&ctx->say, &err);
	}
	if (merge_flags(ctx, ret_spec, true) == 0) {
		ecosystem_resolve(ret_spec, here, NULL, &diags);
		say_diagnostics(&ctx->say, &diags);
		if (diags.errors == 0)
			return 0;
	}
	app_spec_done(ret_spec);
	return 1;
}
