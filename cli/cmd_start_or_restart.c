#include "cli/cmd.h"

#include "cli/begin.h"

static int run(struct command_context *ctx)
{
	return begin_files(ctx, false);
}

const struct command cmd_start_or_restart = {
	.name = "startOrRestart",
	.summary = "Restart the apps of an ecosystem file that are in the list, start the others.",
	.args = "[file]...",
	.doc = "What `pmc restart <file>` does, and nothing else is taken. Without a word the "
	       "ecosystem file here is meant.",
	.group = GROUP_APPS,
	.target = TARGET_FILE,
	.max_words = COMMAND_WORDS_ANY,
	.flags = COMMAND_FLAGS(FLAG_update_env, FLAG_env, FLAG_only, FLAG_parallel, FLAG_attach,
			       FLAG_strict, FLAG_lenient),
	.app_options = true,
	.run = run,
};
