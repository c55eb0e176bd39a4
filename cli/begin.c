#include "cli/begin.h"

#include <string.h>

#include "cli/act.h"
#include "cli/args.h"
#include "cli/command.h"
#include "cli/conf.h"
#include "cli/listing.h"
#include "cli/log_show.h"
#include "cli/specs.h"
#include "cli/targets.h"
#include "shared/ipc/protocol.h"
#include "shared/spec/ecosystem.h"

/* What surrounds the apps of a request, generously. */
#define REQUEST_MARGIN 4096

int begin_worse(int a, int b)
{
	return a > b ? a : b; /* 0, 1, 130 */
}

/* Move apps from `apps` at `*at` on into a request as long as they fit; always at least one: the
 * daemon then says that it is too large. */
static json_t *next_batch(json_t *apps, size_t *at)
{
	json_t *batch = json_array();
	size_t bytes = 0;

	while (*at < json_array_size(apps)) {
		json_t *app = json_array_get(apps, *at);
		size_t size = json_dumpb(app, NULL, 0, JSON_COMPACT) + 1;

		if (json_array_size(batch) > 0 &&
		    bytes + size > PROTOCOL_REQUEST_MAX - REQUEST_MARGIN)
			break;
		bytes += size;
		json_array_append(batch, app);
		(*at)++;
	}
	return batch;
}

static void add_pace(const struct command_context *ctx, bool reload, json_t *params)
{
	if (args_given(ctx->args, FLAG_parallel))
		json_object_set_new(params, "parallel", json_integer(ctx->flags->parallel));
	if (reload && ctx->flags->force)
		json_object_set_new(params, "force", json_true());
}

int begin_apps(struct command_context *ctx, json_t *apps, bool update_env, bool reload)
{
	size_t at = 0;
	int r = 0;

	while (r != COMMAND_INTERRUPTED && at < json_array_size(apps)) {
		json_t *params = json_object();

		json_object_set_new(params, "apps", next_batch(apps, &at));
		if (update_env)
			json_object_set_new(params, "update", json_string("env"));
		if (reload)
			json_object_set_new(params, "reload", json_true());
		add_pace(ctx, reload, params);
		r = begin_worse(r, act_call(ctx, "app.start", params, NULL, NULL));
	}
	json_decref(apps);
	return r;
}

int begin_targets(struct command_context *ctx, const char *method, json_t *targets)
{
	struct pmc_error err = {};
	json_t *params = json_object(), *options, *kept;

	json_object_set_new(params, "targets", targets);
	if (specs_options(ctx, &options, &err) < 0) {
		json_decref(params);
		return say_error(&ctx->say, &err);
	}
	if (json_object_size(options) > 0)
		json_object_set(params, "options", options);
	json_decref(options);
	if (ctx->flags->update_env) {
		json_object_set_new(params, "env", act_environment(ctx));
		kept = conf_variables(ctx);
		if (json_object_size(kept) > 0)
			json_object_set(params, "app_env", kept);
		json_decref(kept);
	}
	add_pace(ctx, strcmp(method, "app.reload") == 0, params);
	return act_call(ctx, method, params, NULL, NULL);
}

/* Files first: if one has a mistake nothing is done at all. */
static int read_words(struct command_context *ctx, json_t *apps, json_t *targets)
{
	const struct strlist *words = &ctx->args->words;
	int r = words->count == 0 ? specs_add_default(ctx, apps) : 0;

	for (size_t i = 0; r == 0 && i < words->count; i++) {
		if (ecosystem_is_file_name(words->items[i]))
			r = specs_add_file(ctx, words->items[i], apps);
		else if ((r = specs_refuse_file_flags(ctx, words->items[i])) == 0)
			json_array_append_new(targets, targets_word(ctx, words->items[i]));
	}
	return r;
}

static int act_again(struct command_context *ctx, json_t *apps, json_t *targets, bool reload)
{
	int r = 0;

	if (json_array_size(targets) > 0) {
		if (!ctx->flags->update_env)
			say_info(&ctx->say, "Use --update-env to update environment variables");
		r = begin_targets(ctx, reload ? "app.reload" : "app.restart", json_incref(targets));
	}
	if (r != COMMAND_INTERRUPTED)
		r = begin_worse(r,
				begin_apps(ctx, json_incref(apps), ctx->flags->update_env, reload));
	return log_show_attached(ctx, listing_news(ctx, r));
}

int begin_again(struct command_context *ctx, bool reload)
{
	json_t *apps = json_array(), *targets = json_array();
	int r = read_words(ctx, apps, targets);

	if (r == 0)
		r = act_again(ctx, apps, targets, reload);
	json_decref(apps);
	json_decref(targets);
	return r;
}

int begin_files(struct command_context *ctx, bool reload)
{
	const struct strlist *words = &ctx->args->words;

	for (size_t i = 0; i < words->count; i++) {
		if (ecosystem_is_file_name(words->items[i]))
			continue;
		say_fail(&ctx->say, "%s is no ecosystem file", words->items[i]);
		say_hint(&ctx->say, reload ? "`pmc reload` takes apps of the list"
					   : "`pmc restart` takes apps of the list");
		return 1;
	}
	return begin_again(ctx, reload);
}
