#include "cli/cmd.h"

#include <string.h>

#include "cli/args.h"
#include "cli/complete.h"
#include "cli/complete_apps.h"
#include "cli/completion_scripts.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

static const struct {
	const char *shell, *script;
} scripts[] = {
	{"bash", completion_script_bash},
	{"zsh", completion_script_zsh},
	{"fish", completion_script_fish},
};

/* For whoever types PM2's `completion install`. */
static const char where[] =
	"An installed pmc has completion where bash, zsh and fish look for it. For one that is "
	"not:\n"
	"\n"
	"bash   pmc completion bash > ~/.local/share/bash-completion/completions/pmc\n"
	"       or, without the package bash-completion, a line in ~/.bashrc:\n"
	"       source <(pmc completion bash)\n"
	"zsh    pmc completion zsh > FOLDER/_pmc\n"
	"       where FOLDER is one of $fpath, and compinit runs afterwards\n"
	"fish   pmc completion fish > ~/.config/fish/completions/pmc.fish\n";

/* What the scripts ask: candidates for the last of the words behind `--`. */
static int answer_script(struct command_context *ctx)
{
	const struct complete_source source = {.apps = complete_apps_add};
	_cleanup_(str_done) struct str out = {};

	if (ctx->args->rest.count > 0)
		complete_words(ctx->args->rest.items, ctx->args->rest.count, &source, &out);
	return say_text(&ctx->say, str_cstr(&out), out.len);
}

static int run(struct command_context *ctx)
{
	const char *word = ctx->args->words.count > 0 ? ctx->args->words.items[0] : "install";

	if (strcmp(word, "words") == 0)
		return answer_script(ctx);
	if (strcmp(word, "install") == 0)
		return say_text(&ctx->say, where, sizeof(where) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		if (strcmp(scripts[i].shell, word) == 0)
			return say_text(&ctx->say, scripts[i].script, strlen(scripts[i].script));
	}
	say_fail(&ctx->say, "no completion for '%s'; there is bash, zsh, fish", word);
	return 1;
}

const struct command cmd_completion = {
	.name = "completion",
	.summary = "Print the completion script of a shell; without a word, tell where it goes.",
	.args = "[bash|zsh|fish|install]",
	.doc = "The script asks pmc what may follow, so it fits every version: commands, options "
	       "and "
	       "their values, files, and the names of apps if a daemon runs.",
	.group = GROUP_REST,
	.max_words = 1,
	.run = run,
};
