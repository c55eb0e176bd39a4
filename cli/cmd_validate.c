#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/specs.h"
#include "shared/spec/ecosystem.h"
#include "shared/spec/spec_file.h"

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
		say_info(&ctx->say, "%s: %zu app%s, no mistakes", spec_file_shown(words->items[i]),
			 eco.count, eco.count == 1 ? "" : "s");
		ecosystem_done(&eco);
	}
	return failed;
}

const struct command cmd_validate = {
	.name = "validate",
	.summary = "Check ecosystem files and list all their mistakes, without a daemon.",
	.args = "<file>...",
	.doc = "Unknown keys are mistakes in YAML and warnings in JSON and JavaScript; --strict "
	       "and --lenient change that. - is JSON on stdin.",
	.group = GROUP_FILES,
	.target = TARGET_FILE,
	.min_words = 1,
	.max_words = COMMAND_WORDS_ANY,
	.flags = COMMAND_FLAGS(FLAG_env, FLAG_strict, FLAG_lenient),
	.run = run,
};
