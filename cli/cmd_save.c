#include "cli/cmd.h"

#include "cli/act.h"
#include "cli/out/json.h"

static int run(struct command_context *ctx)
{
	json_t *params = json_object(), *reply = NULL;
	const char *path;
	int r;

	if (ctx->flags->force)
		json_object_set_new(params, "force", json_true());
	r = act_ask(ctx, "list.save", params, &reply);
	if (r != 0)
		return r;
	path = json_get_text(reply, "path", NULL);
	if (path)
		say_info(&ctx->say, "Successfully saved in %s", path);
	else
		say_warn(&ctx->say, "%s",
			 json_get_text(reply, "message",
				       "nothing to save; --force saves an empty list"));
	json_decref(reply);
	return 0;
}

const struct command cmd_save = {
	.name = "save",
	.aliases = COMMAND_ALIASES("dump"),
	.summary = "Write the list of apps to a file that `resurrect` reads.",
	.doc = "pmc remembers what should run by itself, also over a reboot. A saved list is for "
	       "`pmc kill`, "
	       "which forgets the apps, and for taking a list elsewhere.",
	.group = GROUP_DAILY,
	.flags = COMMAND_FLAGS(FLAG_force),
	.run = run,
};
