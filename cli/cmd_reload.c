#include "cli/cmd.h"

#include "cli/begin.h"

static int run(struct command_context *ctx)
{
	return begin_again(ctx, true);
}

const struct command cmd_reload = {
	.name = "reload",
	.aliases = COMMAND_ALIASES("gracefulReload"),
	.summary = "Restart apps one instance after the other.",
	.args = "[app|id|namespace|/regex/|file|all]...",
	.doc = "The next instance is stopped when the one before is online again; the first that "
	       "fails ends the reload, and the others are left as they are. The daemon does it: "
	       "Ctrl-C ends only the waiting. An app is reloaded once at a time, unless --force is "
	       "given. Options, files and --update-env mean what they mean to restart.",
	.group = GROUP_DAILY,
	.target = TARGET_APPS_OR_FILE,
	.max_words = COMMAND_WORDS_ANY,
	.flags = COMMAND_FLAGS(FLAG_update_env, FLAG_env, FLAG_only, FLAG_parallel, FLAG_force,
			       FLAG_attach, FLAG_strict, FLAG_lenient),
	.app_options = true,
	.run = run,
};
