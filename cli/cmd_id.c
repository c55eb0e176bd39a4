#include "cli/cmd.h"

#include "cli/instances.h"
#include "cli/listing.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

/* "[ 0, 1 ]", as PM2 prints it; "[]" when there is none. */
static int run(struct command_context *ctx)
{
	_cleanup_(str_done) struct str text = {};
	struct listing listing;
	int r = instances_list(ctx, &listing);

	if (r != 0)
		return r;
	for (size_t i = 0; i < listing.count; i++)
		str_appendf(&text, "%s%d", i ? ", " : "[ ", listing.views[i].pm_id);
	str_append(&text, listing.count ? " ]\n" : "[]\n");
	listing_done(&listing);
	return say_text(&ctx->say, text.data, text.len);
}

const struct command cmd_id = {
	.name = "id",
	.summary = "Print the ids of an app as a list.",
	.args = "<app|namespace|/regex/>",
	.group = GROUP_LOOK,
	.target = TARGET_APPS,
	.min_words = 1,
	.max_words = 1,
	.run = run,
};
