#include "cli/cmd.h"

#include <string.h>

#include "cli/act.h"
#include "cli/listing.h"
#include "cli/out/json.h"

/* As PM2: an id that nothing has is said, and is no failure. */
static bool only_ids_missing(const json_t *reply)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(reply, "results"), i, row)
	{
		const char *target = json_get_text(row, "target", NULL);

		if (!json_is_true(json_object_get(row, "ok")) &&
		    (!target || target[strspn(target, "0123456789")] != '\0'))
			return false;
	}
	return true;
}

static int run(struct command_context *ctx)
{
	json_t *reply = NULL;
	int r = act_call(ctx, "app.reset", json_pack("{s:o}", "targets", act_words(ctx, 0)), NULL,
			 &reply);

	if (r == 1 && reply && only_ids_missing(reply))
		r = 0;
	json_decref(reply);
	return listing_news(ctx, r);
}

const struct command cmd_reset = {
	.name = "reset",
	.summary = "Set the restart counters of apps to zero.",
	.args = "<app|id|namespace|/regex/|all>...",
	.group = GROUP_APPS,
	.target = TARGET_APPS,
	.min_words = 1,
	.max_words = COMMAND_WORDS_ANY,
	.run = run,
};
