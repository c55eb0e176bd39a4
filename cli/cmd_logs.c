#include "cli/cmd.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/act.h"
#include "cli/args.h"
#include "cli/log_live.h"
#include "cli/log_print.h"
#include "cli/log_set.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"
#include "shared/logfile/logfile_tail.h"

static void append_head(const struct command_context *ctx, struct str *out)
{
	_cleanup_(str_done) struct str what = {};

	for (size_t i = 0; i < ctx->args->words.count; i++)
		str_appendf(&what, "%s%s", i ? " " : "", ctx->args->words.items[i]);
	style_appendf(&ctx->say.out, out, STYLE_DIM, "[TAILING] Tailing last %lld lines for [",
		      (long long)ctx->flags->lines);
	utf8_escape(out, what.len ? what.data : "all", what.len ? what.len : 3, false);
	style_appendf(&ctx->say.out, out, STYLE_DIM,
		      "] processes (change the value with --lines option)");
	str_append_char(out, '\n');
}

static void print_title(struct command_context *ctx, const struct log_set_file *file,
			struct log_print *print)
{
	_cleanup_(str_done) struct str title = {};

	str_append(&title, style_begin(&ctx->say.out, STYLE_DIM));
	utf8_escape(&title, file->path, strlen(file->path), false);
	str_appendf(&title, " last %lld lines:", (long long)ctx->flags->lines);
	str_append(&title, style_end(&ctx->say.out, STYLE_DIM));
	str_append_char(&title, '\n');
	log_print_text(print, title.data);
}

/* The last lines of each file. -EPIPE when the reader has gone. */
static int print_history(struct command_context *ctx, struct log_set *set, struct log_print *print)
{
	unsigned lines = (unsigned)ctx->flags->lines;

	log_set_sort(set);
	if (!print->raw)
		append_head(ctx, &print->out);
	for (size_t i = 0; print->failed == 0 && i < set->count; i++) {
		struct log_set_file *file = set->files[i];

		if (access(file->path, R_OK) != 0)
			continue; /* nothing was written yet */
		if (!print->raw && lines > 0)
			print_title(ctx, file, print);
		/* what is no regular file is left out: it cannot be read back */
		(void)logfile_tail(file->path, lines, log_print_line, print, file, &file->shown,
				   NULL);
	}
	if (ctx->flags->nostream && !print->raw)
		log_print_close(print);
	return log_print_flush(print);
}

static int run(struct command_context *ctx)
{
	struct log_print print = {.say = &ctx->say, .raw = ctx->flags->raw};
	json_t *reply = NULL;
	struct log_set set = {};
	int r = act_ask(ctx, "log.files", log_live_params(ctx), &reply);

	if (r != 0)
		return r;
	log_live_take(ctx, reply, &set);
	json_decref(reply);
	print.label = log_set_label_width(&set);
	r = print_history(ctx, &set, &print);
	if (r == 0 && !ctx->flags->nostream)
		r = log_live_run(ctx, &set, &print);
	log_print_done(&print);
	log_set_done(&set);
	if (r == 0 || r == -EPIPE)
		return 0;
	say_fail(&ctx->say, "cannot show the logs: %s", pmc_error_text(r));
	return 1;
}

const struct command cmd_logs = {
	.name = "logs",
	.aliases = COMMAND_ALIASES("log"),
	.summary = "Show the last log lines of apps, then what they write from now on.",
	.args = "[app|id|namespace|/regex/|all]...",
	.doc = "Lines come in the order they arrive. Control bytes are shown as \\x1b and the "
	       "like; with --raw they "
	       "pass through when the output is not a terminal, and what apps write to stderr goes "
	       "to stderr.",
	.group = GROUP_LOGS,
	.target = TARGET_APPS,
	.max_words = COMMAND_WORDS_ANY,
	.flags = COMMAND_FLAGS(FLAG_lines, FLAG_raw, FLAG_out, FLAG_err, FLAG_nostream),
	.run = run,
};
