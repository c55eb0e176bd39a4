#include "cli/cmd.h"

#include "cli/act.h"
#include "cli/args.h"
#include "cli/begin.h"
#include "cli/listing.h"
#include "cli/specs.h"
#include "cli/targets.h"
#include "shared/spec/ecosystem.h"

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

static int run(struct command_context *ctx)
{
	json_t *apps = json_array(), *targets = json_array();
	int r = read_words(ctx, apps, targets);

	if (r != 0) {
		json_decref(apps);
		json_decref(targets);
		return r;
	}
	if (json_array_size(targets) > 0) {
		if (!ctx->flags->update_env)
			say_info(&ctx->say, "Use --update-env to update environment variables");
		r = begin_targets(ctx, "app.restart", targets);
	} else {
		json_decref(targets);
	}
	if (r != COMMAND_INTERRUPTED)
		r = begin_worse(r, begin_apps(ctx, apps, ctx->flags->update_env));
	else
		json_decref(apps);
	return listing_news(ctx, r);
}

const struct command cmd_restart = {
	.name = "restart",
	.summary = "Stop apps and start them again; apps that are stopped are started.",
	.args = "[app|id|namespace|/regex/|file|all]...",
	.doc = "Options given here change the apps. With an ecosystem file the file is the full "
	       "truth: what is no "
	       "longer in it is gone, apps that were missing are started. The environment stays as "
	       "it was unless "
	       "--update-env is given. - is JSON on stdin; without a word the ecosystem file "
	       "here is meant.",
	.group = GROUP_APPS,
	.target = TARGET_APPS_OR_FILE,
	.max_words = COMMAND_WORDS_ANY,
	.flags = COMMAND_FLAGS(FLAG_update_env, FLAG_env, FLAG_only, FLAG_strict, FLAG_lenient),
	.app_options = true,
	.run = run,
};
