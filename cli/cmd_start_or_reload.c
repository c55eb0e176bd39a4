#include "cli/cmd.h"

#include "cli/begin.h"

static int run(struct command_context *ctx)
{
	return begin_files(ctx, true);
}

const struct command cmd_start_or_reload = {
	.name = "startOrReload",
	.aliases = COMMAND_ALIASES("startOrGracefulReload"),
	.summary = "Reload the apps of an ecosystem file that are in the list, start the others.",
	.args = "[file]...",
	.doc = "What `pmc reload <file>` does, and nothing else is taken. Without a word the "
	       "ecosystem file here is meant.",
	.group = GROUP_APPS,
	.target = TARGET_FILE,
	.max_words = COMMAND_WORDS_ANY,
	.flags = COMMAND_FLAGS(FLAG_update_env, FLAG_env, FLAG_only, FLAG_parallel, FLAG_force,
			       FLAG_attach, FLAG_strict, FLAG_lenient),
	.app_options = true,
	.run = run,
};
