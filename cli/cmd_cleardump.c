#include "cli/cmd.h"

#include "cli/act.h"
#include "cli/out/json.h"

static int run(struct command_context *ctx)
{
	json_t *reply = NULL;
	int r = act_ask(ctx, "list.clear", NULL, &reply);

	if (r == 0)
		say_info(&ctx->say, "Successfully created %s, an empty list",
			 json_get_text(reply, "path", "?"));
	json_decref(reply);
	return r;
}

const struct command cmd_cleardump = {
	.name = "cleardump",
	.summary = "Empty the saved list, so that `resurrect` starts nothing.",
	.doc = "The apps of the list run on, and the list as it was saved last is kept beside it "
	       "as "
	       "dump.pmc.bak.",
	.group = GROUP_LIST,
	.run = run,
};
