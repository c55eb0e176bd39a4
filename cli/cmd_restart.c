#include "cli/cmd.h"

#include "cli/begin.h"

static int run(struct command_context *ctx)
{
	return begin_again(ctx, false);
}

const struct command cmd_restart = {
	.name = "restart",
	.summary = "Stop apps and start them again; apps that are stopped are started.",
	.args = "[app|id|namespace|/regex/|file|all]...",
	.doc = "Options given here change the apps. With an ecosystem file the file is the full "
	       "truth: what is no longer in it is gone, apps that were missing are started. The "
	       "environment stays as it was unless --update-env is given. - is JSON on stdin; "
	       "without a word the ecosystem file here is meant.",
	.group = GROUP_DAILY,
	.target = TARGET_APPS_OR_FILE,
	.max_words = COMMAND_WORDS_ANY,
	.flags = COMMAND_FLAGS(FLAG_update_env, FLAG_env, FLAG_only, FLAG_parallel, FLAG_attach,
			       FLAG_strict, FLAG_lenient),
	.app_options = true,
	.run = run,
};
