#include "cli/cmd.h"

#include <unistd.h>

#include "cli/args.h"
#include "cli/help.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

static int run(struct command_context *ctx)
{
	_cleanup_(str_done) struct str text = {};
	const struct strlist *words = &ctx->args->words;
	const struct command *command;

	if (words->count == 0) {
		help_overview(help_width(), &ctx->say.out, &text);
		return say_text(&ctx->say, text.data, text.len);
	}
	command = command_find(words->items[0]);
	if (!command) {
		const char *near = command_suggest(words->items[0]);

		say_fail(&ctx->say, "unknown command '%s'%s%s%s", words->items[0],
			 near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
		return 1;
	}
	help_command(command, help_width(), &ctx->say.out, &text);
	return say_text(&ctx->say, text.data, text.len);
}

const struct command cmd_help = {
	.name = "help",
	.summary = "Describe all commands, or one and its options.",
	.args = "[command]",
	.group = GROUP_REST,
	.max_words = 1,
	.run = run,
};
