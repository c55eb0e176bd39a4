#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/targets.h"

static int run(struct command_context *ctx)
{
	json_t *params = json_object();

	if (args_given(ctx->args, FLAG_parallel))
		json_object_set_new(params, "parallel", json_integer(ctx->flags->parallel));
	return targets_act(ctx, "app.stop", params);
}

const struct command cmd_stop = {
	.name = "stop",
	.summary = "Stop apps; they stay in the list.",
	.args = "<app|id|namespace|/regex/|file|all>...",
	.doc = "Each app gets its stop signal, and SIGKILL for its whole tree after kill_timeout. "
	       "Apps are "
	       "stopped at the same time, unless --parallel says how many. A stopped app stays "
	       "stopped, also over a reboot. A file means its apps by name; - is JSON on stdin.",
	.group = GROUP_DAILY,
	.target = TARGET_APPS_OR_FILE,
	.min_words = 1,
	.max_words = COMMAND_WORDS_ANY,
	.flags = COMMAND_FLAGS(FLAG_env, FLAG_only, FLAG_parallel, FLAG_strict, FLAG_lenient),
	.run = run,
};
