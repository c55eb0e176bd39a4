#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/conf.h"

static int run(struct command_context *ctx)
{
	return conf_set(ctx, &ctx->args->words);
}

const struct command cmd_set = {
	.name = "set",
	.summary = "Keep a value under a key.",
	.args = "<key> <value>",
	.doc = "Values are texts, kept in module_conf.json. `app:key` (or `app.key`) belongs to an "
	       "app: if there is one of that name it is started again with the environment of this "
	       "command, its keys as variables, and a variable named as the app that holds all of "
	       "them as JSON. Starts no daemon.",
	.group = GROUP_REST,
	.min_words = 2,
	.max_words = 2,
	.run = run,
};
