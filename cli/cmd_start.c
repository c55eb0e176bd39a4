#include "cli/cmd.h"

#include "cli/act.h"
#include "cli/args.h"
#include "cli/begin.h"
#include "cli/foreground.h"
#include "cli/listing.h"
#include "cli/log_show.h"
#include "cli/specs.h"
#include "cli/start_word.h"
#include "shared/spec/ecosystem.h"

/* A file with a mistake ends the command: nothing of it is done. */
static int plan_files(struct command_context *ctx, struct start_word_plan *plan)
{
	const struct strlist *words = &ctx->args->words;
	int r = 0;

	if (words->count == 0)
		return specs_add_default(ctx, plan->apps);
	for (size_t i = 0; r == 0 && i < words->count; i++) {
		if (ecosystem_is_file_name(words->items[i]))
			r = specs_add_file(ctx, words->items[i], plan->apps);
	}
	return r;
}

/* What is refused is said, the rest is done: `*ret_refused`. */
static int plan_others(struct command_context *ctx, struct start_word_plan *plan, int *ret_refused)
{
	const struct strlist *words = &ctx->args->words;
	int r = 0;

	for (size_t i = 0; r == 0 && i < words->count; i++) {
		if (ecosystem_is_file_name(words->items[i]))
			continue;
		r = act_connect(ctx);
		if (r == 0)
			*ret_refused |= start_word_add(ctx, words->items[i], plan);
	}
	return r;
}

static int carry_out(struct command_context *ctx, struct start_word_plan *plan)
{
	json_t *scale;
	size_t i;
	int r;

	if (json_array_size(plan->apps) + json_array_size(plan->targets) +
		    json_array_size(plan->scales) ==
	    0)
		return 0;
	r = begin_apps(ctx, json_incref(plan->apps), true, false);
	if (r == 0 && plan->scripts > 0)
		say_info(&ctx->say, "Done.");
	if (r != COMMAND_INTERRUPTED && json_array_size(plan->targets) > 0)
		r = begin_worse(r, begin_targets(ctx, "app.begin", json_incref(plan->targets)));
	json_array_foreach(plan->scales, i, scale)
	{
		if (r != COMMAND_INTERRUPTED)
			r = begin_worse(r,
					act_call(ctx, "app.scale", json_incref(scale), NULL, NULL));
	}
	return listing_news(ctx, r);
}

static int run(struct command_context *ctx)
{
	struct start_word_plan plan = {
		.apps = json_array(), .targets = json_array(), .scales = json_array()};
	int refused = 0, r = ctx->flags->daemon ? 0 : foreground_claim(ctx);

	if (r == 0)
		r = plan_files(ctx, &plan);
	if (r == 0)
		r = plan_others(ctx, &plan, &refused);
	if (r == 0)
		r = log_show_attached(ctx, begin_worse(refused, carry_out(ctx, &plan)));
	json_decref(plan.apps);
	json_decref(plan.targets);
	json_decref(plan.scales);
	return r;
}

const struct command cmd_start = {
	.name = "start",
	.summary = "Start apps: from an ecosystem file, a script, or what is in the list.",
	.args = "[file|script|app|id|namespace|all]...",
	.doc = "A word that is no file means apps of the list: they are started, or restarted when "
	       "they run. "
	       "Otherwise it is an ecosystem file (.yml, .yaml, .json, package.json, "
	       ".config.js, .cjs, .mjs, .ts), a script, a program in PATH, or a shell command "
	       "line; - is JSON on stdin. Without a word the ecosystem file here is meant. Words "
	       "behind `--` go to the app. The app gets the environment of "
	       "this command. "
	       "Returns when every instance is online or has failed.",
	.group = GROUP_DAILY,
	.target = TARGET_APPS_OR_FILE,
	.max_words = COMMAND_WORDS_ANY,
	.flags = COMMAND_FLAGS(FLAG_update_env, FLAG_env, FLAG_only, FLAG_parallel, FLAG_attach,
			       FLAG_daemon, FLAG_strict, FLAG_lenient),
	.app_options = true,
	.run = run,
};
