#include "cli/cmd.h"

#include "cli/act.h"
#include "cli/args.h"
#include "cli/out/json.h"

static int run(struct command_context *ctx)
{
	json_t *params = json_object(), *reply = NULL, *files, *file;
	size_t i;
	int r;

	if (ctx->args->words.count > 0)
		json_object_set_new(params, "targets", act_words(ctx, 0));
	r = act_ask(ctx, "log.flush", params, &reply);
	if (r != 0)
		return r;
	files = json_object_get(reply, "files");
	json_array_foreach(files, i, file)
		say_info(&ctx->say, "%s", json_string_value(file) ? json_string_value(file) : "");
	say_info(&ctx->say, "Logs flushed");
	json_decref(reply);
	return 0;
}

const struct command cmd_flush = {
	.name = "flush",
	.summary = "Empty the log files of apps; without a word, of all apps and the daemon.",
	.args = "[app|id|namespace|/regex/]...",
	.doc = "The files are emptied in place: whoever reads or writes them goes on. Devices and "
	       "pipes given as "
	       "log files are left alone.",
	.group = GROUP_LOGS,
	.target = TARGET_APPS,
	.max_words = COMMAND_WORDS_ANY,
	.run = run,
};
