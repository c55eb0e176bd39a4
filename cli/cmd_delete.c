#include "cli/cmd.h"

#include "cli/targets.h"

static int run(struct command_context *ctx)
{
	return targets_act(ctx, "app.delete", NULL);
}

const struct command cmd_delete = {
	.name = "delete",
	.aliases = COMMAND_ALIASES("del"),
	.summary = "Stop apps and forget them; their log files stay.",
	.args = "<app|id|namespace|/regex/|file|all>...",
	.doc = "A file means its apps by name; - is JSON on stdin.",
	.group = GROUP_DAILY,
	.target = TARGET_APPS_OR_FILE,
	.min_words = 1,
	.max_words = COMMAND_WORDS_ANY,
	.flags = COMMAND_FLAGS(FLAG_env, FLAG_only, FLAG_strict, FLAG_lenient),
	.run = run,
};
