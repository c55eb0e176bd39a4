#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/instances.h"
#include "cli/listing.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

/* One a line, as scripts want them; an empty line when the app has no process, as PM2. */
static int run(struct command_context *ctx)
{
	_cleanup_(str_done) struct str text = {};
	struct listing listing;
	int r = instances_list(ctx, &listing);

	if (r != 0)
		return r;
	for (size_t i = 0; i < listing.count; i++) {
		if (listing.views[i].pid > 0)
			str_appendf(&text, "%d\n", listing.views[i].pid);
	}
	listing_done(&listing);
	if (text.len == 0 && ctx->args->words.count > 0)
		str_append(&text, "\n");
	return say_text(&ctx->say, str_cstr(&text), text.len);
}

const struct command cmd_pid = {
	.name = "pid",
	.summary = "Print the process ids of apps, one a line; without a word, of all.",
	.args = "[app|id|all]...",
	.group = GROUP_LOOK,
	.target = TARGET_APPS,
	.max_words = COMMAND_WORDS_ANY,
	.run = run,
};
