#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/conf.h"

static int run(struct command_context *ctx)
{
	const struct strlist *words = &ctx->args->words;

	if (words->count == 2)
		return conf_set(ctx, words);
	return conf_print(ctx, words->count ? words->items[0] : NULL);
}

const struct command cmd_conf = {
	.name = "conf",
	.aliases = COMMAND_ALIASES("config"),
	.summary = "One word for `get` and `set`.",
	.args = "[key] [value]",
	.group = GROUP_REST,
	.max_words = 2,
	.flags = COMMAND_FLAGS(FLAG_json, FLAG_show_secrets),
	.run = run,
};
