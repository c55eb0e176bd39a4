#include "cli/cmd.h"

#include <unistd.h>

#include "cli/act.h"
#include "cli/listing.h"
#include "cli/out/json.h"

/* The daemon leaves out what says nothing; who reads JSON wants every member. */
static int complete(json_t *instances, struct pmc_error *err)
{
	json_t *item;
	size_t i;

	json_array_foreach(instances, i, item)
	{
		struct app_view view;
		int r = app_view_from_json(item, &view, err);

		if (r < 0)
			return r;
		json_array_set_new(instances, i, app_view_to_json(&view, false));
		app_view_done(&view);
	}
	return 0;
}

static int print_json(struct command_context *ctx)
{
	json_t *reply = NULL, *instances;
	struct pmc_error err = {};
	int r = act_ask(ctx, "app.list", NULL, &reply);

	if (r != 0)
		return r;
	instances = json_object_get(reply, "instances");
	if (complete(instances, &err) < 0)
		r = say_error(&ctx->say, &err);
	else
		json_print(STDOUT_FILENO, instances, true, true);
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
