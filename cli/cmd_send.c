#include "cli/cmd.h"

#include "cli/act.h"
#include "cli/args.h"

static int run(struct command_context *ctx)
{
	const struct strlist *words = &ctx->args->words;
	json_t *params =
		json_pack("{s:[s], s:s}", "targets", words->items[0], "line", words->items[1]);

	if (!params) {
		say_fail(&ctx->say, "name and line must be UTF-8");
		return 1;
	}
	return act_call(ctx, "app.send", params, NULL, NULL);
}

const struct command cmd_send = {
	.name = "send",
	.summary = "Write a line to the standard input of an app.",
	.args = "<app|id> <line>",
	.group = GROUP_APPS,
	.target = TARGET_APPS,
	.min_words = 2,
	.max_words = 2,
	.run = run,
};
