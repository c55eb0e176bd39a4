#include "cli/cmd.h"

#include "cli/act.h"
#include "cli/targets.h"

static int run(struct command_context *ctx)
{
	return targets_act(ctx, "app.stop", NULL);
}

const struct command cmd_stop = {
	.name = "stop",
	.summary = "Stop apps; they stay in the list.",
	.args = "<app|id|namespace|/regex/|file|all>...",
	.doc = "Each app gets its stop signal, and SIGKILL for its whole tree after kill_timeout. "
	       "Apps are "
	       "stopped at the same time. A stopped app stays stopped, also over a reboot. "
	       "A file means its apps by name; - is JSON on stdin.",
	.group = GROUP_APPS,
	.target = TARGET_APPS_OR_FILE,
	.min_words = 1,
	.max_words = COMMAND_WORDS_ANY,
	.flags = COMMAND_FLAGS(FLAG_env, FLAG_only, FLAG_strict, FLAG_lenient),
	.run = run,
};
