#include "cli/cmd.h"

#include <errno.h>

#include "cli/act.h"
#include "cli/args.h"
#include "cli/request.h"
#include "cli/targets.h"

/* Of one target, or of everything. What is not there has no logs: as PM2, that is no failure. */
static int flush(struct command_context *ctx, const char *word)
{
	json_t *params = json_object(), *reply = NULL, *path;
	struct pmc_error err = {};
	size_t i;
	int r;

	if (word)
		json_object_set_new(params, "targets", json_pack("[o]", targets_word(ctx, word)));
	r = request_call(ctx->connect, "log.flush", params, NULL, NULL, &reply, &err);
	if (r == -ENOENT) {
		say_warn(&ctx->say, "%s", err.message);
		say_hint(&ctx->say, err.hint);
		return 0;
	}
	if (r < 0)
		return say_error(&ctx->say, &err);
	say_info(&ctx->say, "Flushing:");
	json_array_foreach(json_object_get(reply, "paths"), i, path)
		say_info(&ctx->say, "%s", json_string_value(path));
	json_decref(reply);
	return 0;
}

static int run(struct command_context *ctx)
{
	const struct strlist *words = &ctx->args->words;
	int r = act_connect(ctx);

	if (r == 0 && words->count == 0)
		r = flush(ctx, NULL);
	for (size_t i = 0; r == 0 && i < words->count; i++)
		r = flush(ctx, words->items[i]);
	if (r == 0)
		say_info(&ctx->say, "Logs flushed");
	return r;
}

const struct command cmd_flush = {
	.name = "flush",
	.summary = "Empty the log files of apps; without a word, of all apps and the daemon.",
	.args = "[app|id|namespace|/regex/]...",
	.doc = "The files are emptied in place: whoever reads or writes them goes on. Devices and "
	       "pipes given as "
	       "log files are left alone. An app that is not there is a warning.",
	.group = GROUP_LOGS,
	.target = TARGET_APPS,
	.max_words = COMMAND_WORDS_ANY,
	.run = run,
};
