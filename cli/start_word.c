#include "cli/start_word.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "cli/act.h"
#include "cli/command.h"
#include "cli/launch.h"
#include "cli/listing.h"
#include "cli/request.h"
#include "cli/specs.h"
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

/* There are apps of this name: `view` is one of them. Start what is there, or refuse. */
static int plan_known(struct command_context *ctx, const struct app_spec *spec,
		      const struct listing *same, json_t *targets)
{
	bool runs = false;

	if (!str_equal(same->views[0].script, spec->script)) {
		say_fail(&ctx->say, "an app called %s is there already, with another script: %s",
			 spec->name, same->views[0].script ? same->views[0].script : "?");
		say_hint(&ctx->say, "--name gives this one a name of its own");
		return 1;
	}
	for (size_t i = 0; i < same->count; i++)
		runs |= state_has_process(same->views[i].state);
	if (runs) {
		say_fail(&ctx->say, "Script already launched, add -f option to force re-execution");
		return 1;
	}
	json_array_append_new(targets, json_text(spec->name));
	return 0;
}

static bool has_name(const struct listing *listing, const char *name)
{
	for (size_t i = 0; i < listing->count; i++) {
		if (str_equal(listing->views[i].name, name))
			return true;
	}
	return false;
}

static void say_starting(const struct command_context *ctx, const struct app_spec *spec)
{
	_cleanup_(str_done) struct str count = {};

	option_format(&app_spec_table.rows[SPEC_instances], spec, &count);
	say_info(&ctx->say, "Starting %s in fork_mode (%s instance%s)", spec->script,
		 str_cstr(&count), str_equal(str_cstr(&count), "1") ? "" : "s");
}

static int plan_script(struct command_context *ctx, const struct listing *listing, const char *word,
		       json_t *apps, json_t *targets)
{
	_cleanup_(mem_freep) char *here = path_absolute(".");
	struct app_spec spec;
	struct listing same;
	int r = specs_of_script(ctx, word, &spec);

	if (r != 0)
		return r;
	if (spec.name && has_name(listing, spec.name) && !spec.force) {
		r = ask(ctx, "app.describe", spec.name, &same);
		if (r == 0) {
			r = plan_known(ctx, &spec, &same, targets);
			listing_done(&same);
		}
	} else {
		say_starting(ctx, &spec);
		specs_add(ctx, &spec, here ? here : "/", apps);
	}
	app_spec_done(&spec);
	return r;
}

/* No app, no file, no program: a mistyped name is not put into the list. */
static bool is_nothing(const char *word)
{
	_cleanup_(mem_freep) char *program = NULL;

	if (!is_plain(word) || access(word, F_OK) == 0)
		return false;
	program = launch_find_in_path(word);
	return !program;
}

int start_word_plan(struct command_context *ctx, const char *word, json_t *apps, json_t *targets)
{
	struct listing listing;
	int r = ask(ctx, "app.list", NULL, &listing);

	if (r != 0)
		return r;
	if (always_means_apps(word) ||
	    (in_list(&listing, word) && (is_plain(word) || access(word, F_OK) != 0))) {
		json_array_append_new(targets, json_text(word));
	} else if (is_nothing(word)) {
		say_fail(&ctx->say, "%s: no app, file or program has this name", word);
		r = 1;
	} else {
		r = plan_script(ctx, &listing, word, apps, targets);
	}
	listing_done(&listing);
	return r;
}
