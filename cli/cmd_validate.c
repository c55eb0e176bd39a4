#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/specs.h"
#include "shared/spec/ecosystem.h"

static int run(struct command_context *ctx)
{
	const struct strlist *words = &ctx->args->words;
	int failed = 0;

	for (size_t i = 0; i < words->count; i++) {
		struct ecosystem eco = {};

		if (specs_load(ctx, words->items[i], &eco) != 0) {
			failed = 1;
			continue;
		}
		say_info(&ctx->say, "%s: %zu app%s, no mistakes", words->items[i], eco.count,
			 eco.count == 1 ? "" : "s");
		ecosystem_done(&eco);
	}
	return failed;
}

const struct command cmd_validate = {
	.name = "validate",
	.summary = "Check ecosystem files and list all their mistakes, without a daemon.",
	.args = "<file>...",
	.doc = "Unknown keys are mistakes in YAML and warnings in JSON; --strict and --lenient "
	       "change that.",
	.group = GROUP_LIST,
	.target = TARGET_FILE,
	.min_words = 1,
	.max_words = COMMAND_WORDS_ANY,
	.flags = COMMAND_FLAGS(FLAG_env, FLAG_strict, FLAG_lenient),
	.run = run,
};
