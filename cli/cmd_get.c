#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/conf.h"

static int run(struct command_context *ctx)
{
	return conf_print(ctx, ctx->args->words.count ? ctx->args->words.items[0] : NULL);
}

const struct command cmd_get = {
	.name = "get",
	.summary = "Print the value of a key, or all that `pmc set` keeps.",
	.args = "[key]",
	.doc = "A list masks values whose names look like secrets unless --show-secrets is given; "
	       "a "
	       "value that is asked for by its key is printed as it is.",
	.group = GROUP_REST,
	.max_words = 1,
	.flags = COMMAND_FLAGS(FLAG_json, FLAG_show_secrets),
	.run = run,
};
