#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/conf.h"

static int run(struct command_context *ctx)
{
	_cleanup_(strlist_done) struct strlist words = {};
	struct pmc_error err = {};

	if (strlist_split_words(&words, ctx->args->words.items[0], &err) < 0)
		return say_error(&ctx->say, &err);
	return conf_set(ctx, &words);
}

const struct command cmd_multiset = {
	.name = "multiset",
	.summary = "Keep several values: pmc multiset \"key value key2 value2\".",
	.args = "<text>",
	.doc = "The text is split as a shell would. All are kept, or none; an app is started again "
	       "once.",
	.group = GROUP_REST,
	.min_words = 1,
	.max_words = 1,
	.run = run,
};
