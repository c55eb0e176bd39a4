#include "cli/cmd.h"

#include "cli/instances.h"
#include "cli/jlist.h"
#include "cli/listing.h"
#include "cli/out/inspect.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

static int run(struct command_context *ctx)
{
	_cleanup_(str_done) struct str list_text = {}, text = {};
	json_t *reply = NULL, *list;
	struct listing listing;
	int r = instances_describe(ctx, true, &reply);

	if (r == 0)
		r = instances_read(ctx, reply, &listing);
	if (r == 0) {
		jlist_append(&list_text, listing.views, listing.count,
			     json_object_get(reply, "env"));
		listing_done(&listing);
		list = json_loadb(list_text.data, list_text.len, 0, NULL);
		inspect_append(list, &text);
		json_decref(list);
		r = say_text(&ctx->say, text.data, text.len);
	}
	json_decref(reply);
	return r;
}

const struct command cmd_prettylist = {
	.name = "prettylist",
	.summary = "Print what jlist prints in the form in which Node prints objects.",
	.doc = "For people, and for scripts that grep it: `key: value`, one member a line where it "
	       "is long. No newline at its end. Values of variables whose names look like secrets "
	       "are masked unless --show-secrets is given.",
	.group = GROUP_LOOK,
	.flags = COMMAND_FLAGS(FLAG_show_secrets),
	.run = run,
};
