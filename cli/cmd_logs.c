#include "cli/cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/act.h"
#include "cli/args.h"
#include "cli/log_live.h"
#include "cli/log_print.h"
#include "cli/log_set.h"
#include "cli/log_source.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

static time_t modified(const struct log_source *source)
{
	struct stat st;

	return source->fd >= 0 && fstat(source->fd, &st) == 0 ? st.st_mtime : 0;
}

/* The daemon's own first, then the files that were written to last at the end, next to what comes
 * live. */
static int by_time(const void *a, const void *b)
{
	const struct log_source *x = a, *y = b;
	bool x_daemon = x->stream == LOG_STREAM_DAEMON, y_daemon = y->stream == LOG_STREAM_DAEMON;

	if (x_daemon != y_daemon)
		return y_daemon - x_daemon;
	return (modified(x) > modified(y)) - (modified(x) < modified(y));
}

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

/* The last lines of each file. -EPIPE when the reader has gone. */
static int print_history(struct command_context *ctx, struct log_set *set, struct log_print *print)
{
	int64_t lines = ctx->flags->lines;
	int r = 0;

	for (size_t i = 0; i < set->count; i++)
		log_source_open(&set->sources[i]);
	qsort(set->sources, set->count, sizeof(*set->sources), by_time);
	if (!print->raw)
		append_head(ctx, &print->out);
	for (size_t i = 0; r == 0 && i < set->count; i++) {
		struct log_source *source = &set->sources[i];

		if (source->fd < 0)
			continue;
		log_source_seek_last(source, lines);
		if (lines == 0)
			continue;
		if (!print->raw)
			style_appendf(&ctx->say.out, &print->out, STYLE_DIM,
				      "%s last %lld lines:\n", source->path, (long long)lines);
		r = log_source_read(source, log_print_line, print);
		if (r == 0 && ctx->flags->nostream)
			r = log_source_flush(source, log_print_line, print);
	}
	return r ? r : log_print_flush(print);
}

static int run(struct command_context *ctx)
{
	struct log_print print = {.say = &ctx->say, .raw = ctx->flags->raw};
	json_t *reply = NULL;
	struct log_set set;
	int r = act_ask(ctx, "log.files", log_live_params(ctx), &reply);

	if (r != 0)
		return r;
	log_live_read(ctx, reply, &set);
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
