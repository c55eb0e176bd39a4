#include "cli/cmd.h"

#include "cli/act.h"

static int run(struct command_context *ctx)
{
	return act_on_targets(ctx, "app.reset", NULL, NULL);
}

const struct command cmd_reset = {
	.name = "reset",
	.summary = "Set the restart counters of apps to zero.",
	.args = "<app|id|namespace|/regex/|all>...",
	.group = GROUP_APPS,
	.target = TARGET_APPS,
	.min_words = 1,
	.max_words = COMMAND_WORDS_ANY,
	.run = run,
};
