#include "cli/cmd.h"

#include "cli/act.h"
#include "cli/listing.h"

static int run(struct command_context *ctx)
{
	return listing_news(ctx,
			    act_call(ctx, "list.resurrect", json_object(), "Resurrecting", NULL));
}

const struct command cmd_resurrect = {
	.name = "resurrect",
	.summary = "Start the apps of the saved list that are not in the list.",
	.group = GROUP_LIST,
	.run = run,
};
