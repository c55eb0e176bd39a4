#include "cli/cmd.h"

#include <errno.h>
#include <unistd.h>

#include "cli/instances.h"
#include "cli/jlist.h"
#include "cli/listing.h"
#include "cli/out/json.h"

/* One line without a newline, whatever the options: scripts parse it. */
static int run(struct command_context *ctx)
{
	struct listing listing;
	json_t *list;
	int r = instances_ask(ctx, &listing);

	if (r != 0)
		return r;
	list = jlist_from_views(listing.views, listing.count);
	listing_done(&listing);
	r = json_print(STDOUT_FILENO, list, false, false);
	json_decref(list);
	return r < 0 && r != -EPIPE;
}

const struct command cmd_jlist = {
	.name = "jlist",
	.summary = "Print all apps as JSON, with the members PM2 has.",
	.doc = "One line without a newline at its end. Values of variables whose names look like "
	       "secrets are "
	       "masked unless --show-secrets is given.",
	.group = GROUP_LOOK,
	.flags = COMMAND_FLAGS(FLAG_show_secrets),
	.run = run,
};
