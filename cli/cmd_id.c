#include "cli/cmd.h"

#include "cli/instances.h"
#include "cli/listing.h"
#include "cli/out/inspect.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

/* "[ 0, 1 ]", as PM2 prints it; "[]" when there is none. */
static int run(struct command_context *ctx)
{
	_cleanup_(str_done) struct str text = {};
	json_t *ids = json_array();
	struct listing listing;
	int r = instances_list(ctx, &listing);

	if (r == 0) {
		for (size_t i = 0; i < listing.count; i++)
			json_array_append_new(ids, json_integer(listing.views[i].pm_id));
		listing_done(&listing);
		inspect_append(ids, &text);
		str_append_char(&text, '\n');
		r = say_text(&ctx->say, text.data, text.len);
	}
	json_decref(ids);
	return r;
}

const struct command cmd_id = {
	.name = "id",
	.summary = "Print the ids of an app as a list.",
	.args = "<app|namespace|/regex/>",
	.doc = "In the form `[ 0, 1 ]`; `[]` when there is no such app, which is no error.",
	.group = GROUP_LOOK,
	.target = TARGET_APPS,
	.min_words = 1,
	.max_words = 1,
	.run = run,
};
