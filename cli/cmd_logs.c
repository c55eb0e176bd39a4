#include "cli/cmd.h"

#include "cli/act.h"
#include "cli/args.h"
#include "cli/log_live.h"
#include "cli/log_show.h"

static int run(struct command_context *ctx)
{
	struct log_live_want want = {.ctx = ctx, .input_fd = -1};
	json_t *targets;
	int r = act_connect(ctx);

	if (r != 0)
		return r;
	targets = act_words(ctx, 0);
	want.targets = targets;
	r = log_show(&want, (unsigned)ctx->flags->lines, !ctx->flags->nostream);
	json_decref(targets);
	return r;
}

const struct command cmd_logs = {
	.name = "logs",
	.aliases = COMMAND_ALIASES("log"),
	.summary = "Show the last log lines of apps, then what they write from now on.",
	.args = "[app|id|namespace|/regex/|all]...",
	.doc = "Lines come in the order they arrive. An app that is not there is waited for. "
	       "Control bytes are shown as \\x1b and the like; with --raw they pass through when "
	       "the output is not a terminal, and what apps write to stderr goes to stderr. With "
	       "--json and --format only new lines come, unless --lines or --nostream is given; "
	       "starts and ends of the apps are told between them.",
	.group = GROUP_DAILY,
	.target = TARGET_APPS,
	.max_words = COMMAND_WORDS_ANY,
	.flags = COMMAND_FLAGS(FLAG_lines, FLAG_raw, FLAG_out, FLAG_err, FLAG_nostream,
			       FLAG_timestamp, FLAG_json, FLAG_format, FLAG_highlight),
	.run = run,
};
