#include "cli/cmd.h"

#include <string.h>

#include "cli/act.h"
#include "cli/args.h"
#include "cli/farewell.h"

static int ask(struct command_context *ctx, const char *method, const char *done)
{
	json_t *reply = NULL;
	int r = act_ask(ctx, method, NULL, &reply);

	if (r == 0)
		say_info(&ctx->say, "%s", done);
	json_decref(reply);
	return r;
}

static int run(struct command_context *ctx)
{
	const char *what = ctx->args->words.items[0];

	if (strcmp(what, "stop") == 0)
		return farewell_say(ctx, "daemon.stop",
				    "Daemon stopped; its apps start with the next one");
	if (strcmp(what, "resume") == 0)
		return ask(ctx, "daemon.resume", "Safe mode left");
	if (strcmp(what, "reload") == 0)
		return ask(ctx, "daemon.reload", "Settings read, logs reopened");
	say_fail(&ctx->say, "`pmc daemon` does not know '%s'", what);
	say_hint(&ctx->say, "stop, resume or reload");
	return 1;
}

const struct command cmd_daemon = {
	.name = "daemon",
	.summary = "Stop the daemon, leave safe mode, or read settings again.",
	.args = "<stop|resume|reload>",
	.doc = "stop ends all apps by their own rules, then the daemon; what should run is kept, "
	       "so the next "
	       "daemon starts it again. resume leaves safe mode. reload reads pmcd.ini again and "
	       "reopens all logs.",
	.group = GROUP_DAEMON,
	.min_words = 1,
	.max_words = 1,
	.run = run,
};
