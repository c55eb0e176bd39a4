#include "cli/cmd.h"

#include <unistd.h>

#include "cli/act.h"
#include "cli/listing.h"
#include "cli/out/json.h"

static int print_json(struct command_context *ctx)
{
	json_t *reply = NULL;
	int r = act_ask(ctx, "app.list", NULL, &reply);

	if (r == 0)
		json_print(STDOUT_FILENO, json_object_get(reply, "instances"), true, true);
	json_decref(reply);
	return r;
}

static int run(struct command_context *ctx)
{
	int r;

	if (ctx->flags->json)
		return print_json(ctx);
	r = act_connect(ctx);
	return r ? r : listing_show(ctx);
}

const struct command cmd_list = {
	.name = "list",
	.aliases = COMMAND_ALIASES("ls", "l", "ps", "status"),
	.summary = "Show all apps in a table.",
	.doc = "The table fits the terminal: where it is narrow, columns are left out. Apps that "
	       "were given up "
	       "or wait for a restart have their reason below.",
	.group = GROUP_LOOK,
	.flags = COMMAND_FLAGS(FLAG_json),
	.run = run,
};
