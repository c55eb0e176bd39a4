#include "cli/cmd.h"

#include "cli/act.h"

static int run(struct command_context *ctx)
{
	json_t *reply = NULL;
	int r = act_ask(ctx, "log.reopen", NULL, &reply);

	if (r == 0)
		say_info(&ctx->say, "All logs reloaded");
	json_decref(reply);
	return r;
}

const struct command cmd_reload_logs = {
	.name = "reloadLogs",
	.aliases = COMMAND_ALIASES("reloadlogs"),
	.summary = "Open every log file again, after logrotate moved them.",
	.group = GROUP_LOGS,
	.run = run,
};
