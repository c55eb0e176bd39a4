#include "cli/cmd.h"

#include "cli/farewell.h"

static int run(struct command_context *ctx)
{
	return farewell_say(ctx, "daemon.kill", "Daemon killed");
}

const struct command cmd_kill = {
	.name = "kill",
	.summary = "Stop and forget all apps, then end the daemon.",
	.doc = "Only `pmc resurrect` of a saved list brings the apps back. `pmc daemon stop` ends "
	       "the daemon without "
	       "forgetting anything.",
	.group = GROUP_DAEMON,
	.run = run,
};
