#include "cli/cmd.h"

#include <unistd.h>

#include "cli/describe.h"
#include "cli/instances.h"
#include "cli/listing.h"
#include "cli/node_version.h"
#include "cli/out/table.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

/* What reads it there looks for whole lines. */
#define WIDTH_WITHOUT_TERMINAL 300

static int run(struct command_context *ctx)
{
	_cleanup_(str_done) struct str text = {};
	unsigned width = table_terminal_width(STDOUT_FILENO, WIDTH_WITHOUT_TERMINAL);
	struct node_version node = {};
	struct listing listing;
	int r;

	if (ctx->flags->json)
		return instances_print_json(ctx);
	r = instances_ask(ctx, &listing);
	if (r != 0)
		return r;
	for (size_t i = 0; i < listing.count; i++)
		describe_render(&listing.views[i], node_version_of(&node, &listing.views[i]),
				clock_wall_us(), width, &ctx->say.out, &text);
	node_version_done(&node);
	listing_done(&listing);
	return say_text(&ctx->say, text.data, text.len);
}

const struct command cmd_describe = {
	.name = "describe",
	.aliases = COMMAND_ALIASES("desc", "show", "info"),
	.summary = "Tell everything about apps: state, paths, last exit and why.",
	.args = "<app|id|namespace|/regex/|all>...",
	.group = GROUP_DAILY,
	.target = TARGET_APPS,
	.min_words = 1,
	.max_words = COMMAND_WORDS_ANY,
	.flags = COMMAND_FLAGS(FLAG_json, FLAG_show_secrets),
	.run = run,
};
