#include "cli/start_word.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/act.h"
#include "cli/command.h"
#include "cli/listing.h"
#include "cli/request.h"
#include "cli/specs.h"
#include "shared/base/child.h"
#include "shared/base/mem.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/model/json_text.h"
#include "shared/spec/app_spec.h"

static bool is_number(const char *word)
{
	return *word && word[strspn(word, "0123456789")] == '\0';
}

/* "all" and "/regex/" are never files. */
static bool always_means_apps(const char *word)
{
	size_t len = strlen(word);

	return strcmp(word, "all") == 0 ||
	       (len > 2 && word[0] == '/' && word[len - 1] == '/' && access(word, F_OK) != 0);
}

/* Does "web:1" mean the instance of this view? */
static bool is_instance(const struct app_view *view, const char *word)
{
	size_t len = strlen(view->name);

	return strncmp(word, view->name, len) == 0 && word[len] == ':' && is_number(word + len + 1);
}

static bool in_list(const struct listing *listing, const char *word)
{
	for (size_t i = 0; i < listing->count; i++) {
		const struct app_view *view = &listing->views[i];

		if (str_equal(view->name, word) || str_equal(view->namespace, word) ||
		    is_instance(view, word))
			return true;
		if (is_number(word) && view->pm_id == (int)strtol(word, NULL, 10))
			return true;
	}
	return false;
}

/* A word that looks like a name can only be a name, or a program in PATH, or a file without
 * extension. */
static bool is_plain(const char *word)
{
	return !strchr(word, '/') && *path_extension(word) == '\0' && !strpbrk(word, " \t");
}

static int ask(struct command_context *ctx, const char *method, const char *target,
	       struct listing *ret_listing)
{
	struct pmc_error err = {};
	json_t *params = json_object(), *reply = NULL;
	int r;

	if (target)
		json_object_set_new(params, "targets", json_pack("[s]", target));
	r = request_call(ctx->connect, method, params, NULL, NULL, &reply, &err);
	if (r == 0)
		r = listing_read(reply, ret_listing, &err);
	json_decref(reply);
	return r < 0 ? say_error(&ctx->say, &err) : 0;
}

/* PM2's `-f` makes another process of the same name; here that is one instance more of the app. */
static void plan_more(struct command_context *ctx, const struct app_spec *spec,
		      struct start_word_plan *plan)
{
	int more = spec->instances.kind == INSTANCES_COUNT && spec->instances.n > 0
			   ? spec->instances.n
			   : 1;
	json_t *scale = json_object();

	say_info(&ctx->say, "%s is online: starting %d more", spec->name, more);
	json_object_set_new(scale, "target", json_text(spec->name));
	json_object_set_new(scale, "to", json_sprintf("+%d", more));
	json_array_append_new(plan->scales, scale);
}

static bool any_runs(const struct listing *same)
{
	for (size_t i = 0; i < same->count; i++) {
		if (state_has_process(same->views[i].state))
			return true;
	}
	return false;
}

/* There are apps of this name and script: start them, or one more of them, or refuse. */
static int plan_same(struct command_context *ctx, const struct app_spec *spec, bool runs,
		     struct start_word_plan *plan)
{
	if (!runs) {
		json_array_append_new(plan->targets, json_text(spec->name));
		return 0;
	}
	if (spec->force) {
		plan_more(ctx, spec, plan);
		return 0;
	}
	say_fail(&ctx->say, "Script already launched, add -f option to force re-execution");
	return 1;
}

static void say_starting(const struct command_context *ctx, const struct app_spec *spec)
{
	_cleanup_(str_done) struct str count = {};

	option_format(&app_spec_table.rows[SPEC_instances], spec, &count);
	say_info(&ctx->say, "Starting %s in fork_mode (%s instance%s)", spec->script,
		 str_cstr(&count), str_equal(str_cstr(&count), "1") ? "" : "s");
}

/* A mistyped script is not put into the list, nor one that nothing can run. */
static int refuse_missing(const struct command_context *ctx, const struct app_spec *spec)
{
	const char *interpreter = spec->interpreter ? spec->interpreter : "none";
	_cleanup_(mem_freep) char *program = NULL;

	if (strchr(spec->script, '/') && access(spec->script, F_OK) != 0 && errno == ENOENT) {
		say_fail(&ctx->say, "Script not found: %s", spec->script);
		return 1;
	}
	if (strcmp(interpreter, "none") == 0 || strchr(interpreter, '/'))
		return 0;
	program = child_find(interpreter);
	if (program)
		return 0;
	say_fail(&ctx->say,
		 "Interpreter %s is NOT AVAILABLE in PATH. (type 'which %s' to double check.)",
		 interpreter, interpreter);
	return 1;
}

static int plan_new(struct command_context *ctx, const struct app_spec *spec,
		    struct start_word_plan *plan)
{
	_cleanup_(mem_freep) char *here = path_absolute(".");

	if (refuse_missing(ctx, spec) != 0)
		return 1;
	say_starting(ctx, spec);
	specs_add(ctx, spec, here ? here : "/", plan->apps);
	plan->scripts++;
	return 0;
}

/* There are apps of this name. */
static int plan_known(struct command_context *ctx, const struct app_spec *spec,
		      struct start_word_plan *plan)
{
	struct listing same;
	int r = ask(ctx, "app.describe", spec->name, &same);

	if (r != 0)
		return r;
	if (same.count > 0 && str_equal(same.views[0].script, spec->script)) {
		r = plan_same(ctx, spec, any_runs(&same), plan);
	} else if (spec->force || same.count == 0) {
		r = plan_new(ctx, spec, plan);
	} else {
		say_fail(&ctx->say, "an app called %s is there already, with another script: %s",
			 spec->name, same.views[0].script ? same.views[0].script : "?");
		say_hint(&ctx->say,
			 "--name gives this one a name of its own; -f replaces the other");
		r = 1;
	}
	listing_done(&same);
	return r;
}

static bool has_name(const struct listing *listing, const char *name)
{
	for (size_t i = 0; i < listing->count; i++) {
		if (str_equal(listing->views[i].name, name))
			return true;
	}
	return false;
}

static int plan_script(struct command_context *ctx, const struct listing *listing, const char *word,
		       struct start_word_plan *plan)
{
	struct app_spec spec;
	int r = specs_of_script(ctx, word, &spec);

	if (ctx->flags->env)
		say_warn(&ctx->say, "--env has no effect on '%s': profiles are in ecosystem files",
			 word);
	if (r != 0)
		return r;
	if (spec.name && has_name(listing, spec.name))
		r = plan_known(ctx, &spec, plan);
	else
		r = plan_new(ctx, &spec, plan);
	app_spec_done(&spec);
	return r;
}

/* No app, no file, no program: a mistyped name is not put into the list. */
static bool is_nothing(const char *word)
{
	_cleanup_(mem_freep) char *program = NULL;

	if (!is_plain(word) || access(word, F_OK) == 0)
		return false;
	program = child_find(word);
	return !program;
}

int start_word_add(struct command_context *ctx, const char *word, struct start_word_plan *plan)
{
	struct listing listing;
	int r = ask(ctx, "app.list", NULL, &listing);

	if (r != 0)
		return r;
	if (always_means_apps(word) ||
	    (in_list(&listing, word) && (is_plain(word) || access(word, F_OK) != 0))) {
		r = specs_refuse_file_flags(ctx, word);
		if (r == 0)
			json_array_append_new(plan->targets, json_text(word));
	} else if (is_nothing(word)) {
		say_fail(&ctx->say, "%s: no app, file or program has this name", word);
		r = 1;
	} else {
		r = plan_script(ctx, &listing, word, plan);
	}
	listing_done(&listing);
	return r;
}
