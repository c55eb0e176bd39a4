#include "cli/cmd.h"

#include "cli/act.h"
#include "cli/connect.h"
#include "cli/listing.h"

static int run(struct command_context *ctx)
{
	int r = act_call(ctx, "list.resurrect", json_object(), "Resurrecting", NULL);

	if (r != COMMAND_INTERRUPTED && ctx->connect->client && listing_news(ctx) != 0)
		r = 1;
	return r;
}

const struct command cmd_resurrect = {
	.name = "resurrect",
	.summary = "Start the apps of the saved list that are not in the list.",
	.group = GROUP_LIST,
	.run = run,
};
