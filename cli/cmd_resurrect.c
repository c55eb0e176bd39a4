#include "cli/cmd.h"

#include "cli/act.h"
#include "cli/foreground.h"
#include "cli/listing.h"
#include "cli/log_show.h"

static int run(struct command_context *ctx)
{
	int r = ctx->flags->daemon ? 0 : foreground_claim(ctx);

	if (r == 0)
		r = act_call(ctx, "list.resurrect", json_object(), "Resurrecting", NULL);
	return log_show_attached(ctx, listing_news(ctx, r));
}

const struct command cmd_resurrect = {
	.name = "resurrect",
	.summary = "Start the apps of the saved list that are not in the list.",
	.group = GROUP_DAILY,
	.flags = COMMAND_FLAGS(FLAG_attach, FLAG_daemon),
	.run = run,
};
