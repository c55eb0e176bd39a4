#include "cli/cmd.h"

#include "cli/act.h"
#include "cli/args.h"
#include "shared/base/units.h"

static int run(struct command_context *ctx)
{
	struct pmc_error err = {};
	int number;
	json_t *params;

	if (units_parse_signal(ctx->args->words.items[0], &number, &err) < 0)
		return say_error(&ctx->say, &err);
	params = json_pack("{s:s, s:o}", "signal", units_signal_name(number), "targets",
			   act_words(ctx, 1));
	return act_call(ctx, "app.signal", params, NULL, NULL);
}

const struct command cmd_send_signal = {
	.name = "sendSignal",
	.aliases = COMMAND_ALIASES("sendsignal", "signal"),
	.summary = "Send a signal to the leading process of apps.",
	.args = "<signal> <app|id|namespace|/regex/|all>...",
	.doc = "The signal is a name with or without SIG, or a number. Nothing is concluded from "
	       "it: an app "
	       "that ends is started again by its own rules.",
	.group = GROUP_APPS,
	.target = TARGET_APPS,
	.min_words = 2,
	.max_words = COMMAND_WORDS_ANY,
	.run = run,
};
