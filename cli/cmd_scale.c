#include "cli/cmd.h"

#include <string.h>

#include "cli/act.h"
#include "cli/args.h"
#include "cli/listing.h"

/* N, +N, -N, and the words of the option `instances` (max, 50%): the daemon knows how many there
 * are now. */
static int run(struct command_context *ctx)
{
	json_t *params = json_pack("{s:s, s:s}", "target", ctx->args->words.items[0], "to",
				   ctx->args->words.items[1]);

	if (!params) {
		say_fail(&ctx->say, "the name is not UTF-8");
		return 1;
	}
	return listing_news(ctx, act_call(ctx, "app.scale", params, NULL, NULL));
}

const struct command cmd_scale = {
	.name = "scale",
	.summary = "Change the number of instances of an app.",
	.args = "<app> <N|+N|-N|max>",
	.doc = "Going down, the instances with the highest numbers go first: instance 0 is the "
	       "last.",
	.group = GROUP_DAILY,
	.target = TARGET_APPS,
	.min_words = 2,
	.max_words = 2,
	.run = run,
};
