#include "cli/log_show.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/act.h"
#include "cli/args.h"
#include "cli/command.h"
#include "cli/foreground.h"
#include "cli/log_live.h"
#include "cli/log_print.h"
#include "cli/log_set.h"
#include "cli/request.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/strlist.h"
#include "shared/base/utf8.h"
#include "shared/logfile/logfile_tail.h"
#include "shared/model/json_text.h"

#define ATTACHED_LINES 15
#define DEFAULT_TIME "YYYY-MM-DD-HH:mm:ss"

static void append_head(const struct log_live_want *want, unsigned lines, struct str *out)
{
	const struct style *style = &want->ctx->say.out;
	_cleanup_(str_done) struct str what = {};
	json_t *target;
	size_t i;

	json_array_foreach(want->targets, i, target)
		str_appendf(&what, "%s%s", i ? " " : "", json_string_value(target));
	style_appendf(style, out, STYLE_DIM, "[TAILING] Tailing last %u lines for [", lines);
	utf8_escape(out, what.len ? what.data : "all", what.len ? what.len : 3, false);
	style_appendf(style, out, STYLE_DIM, "] process%s (change the value with --lines option)",
		      what.len == 0 || strcmp(what.data, "all") == 0 ? "es" : "");
	str_append_char(out, '\n');
}

static void print_title(const struct log_live_want *want, const struct log_set_file *file,
			unsigned lines, struct log_print *print)
{
	const struct style *style = &want->ctx->say.out;
	_cleanup_(str_done) struct str title = {};

	str_append(&title, style_begin(style, STYLE_DIM));
	utf8_escape(&title, file->path, strlen(file->path), false);
	str_appendf(&title, " last %u lines:", lines);
	str_append(&title, style_end(style, STYLE_DIM));
	str_append_char(&title, '\n');
	log_print_text(print, title.data);
}

/* The last lines of each file. -EPIPE when the reader has gone. */
static int print_history(const struct log_live_want *want, unsigned lines, struct log_set *set,
			 struct log_print *print)
{
	bool titles = print->form == LOG_PRINT_LABELLED;

	log_set_sort(set);
	if (titles)
		append_head(want, lines, &print->out);
	for (size_t i = 0; print->failed == 0 && i < set->count; i++) {
		struct log_set_file *file = set->files[i];

		if (access(file->path, R_OK) != 0)
			continue; /* nothing was written yet */
		if (titles && lines > 0)
			print_title(want, file, lines, print);
		/* what is no regular file is left out: it cannot be read back */
		(void)logfile_tail(file->path, lines, log_print_line, print, file, &file->shown,
				   NULL);
	}
	return log_print_flush(print);
}

static struct log_print print_of(const struct command_context *ctx)
{
	const struct flags *flags = ctx->flags;
	struct log_print print = {.say = &ctx->say, .highlight = flags->highlight};

	if (flags->json)
		print.form = LOG_PRINT_JSON;
	else if (flags->format)
		print.form = LOG_PRINT_FIELDS;
	else if (flags->raw)
		print.form = LOG_PRINT_RAW;
	if (flags->timestamp)
		print.time_format =
			str_equal(flags->timestamp, "true") ? DEFAULT_TIME : flags->timestamp;
	return print;
}

/* The head was printed; what is not there may still come. */
static void tell_unknown(const struct command_context *ctx, const struct strlist *unknown,
			 bool follow)
{
	for (size_t i = 0; i < unknown->count; i++)
		say_warn(&ctx->say, "no app, id or namespace %s%s", unknown->items[i],
			 follow ? ": waiting for it" : "");
}

/* As PM2: what is read by programs begins with what is new, unless it is asked for. */
static unsigned lines_for(const struct command_context *ctx, enum log_print_form form,
			  unsigned lines, bool follow)
{
	bool programs = form == LOG_PRINT_JSON || form == LOG_PRINT_FIELDS;

	return programs && follow && !args_given(ctx->args, FLAG_lines) ? 0 : lines;
}

int log_show(const struct log_live_want *want, unsigned lines, bool follow)
{
	_cleanup_(strlist_done) struct strlist unknown = {};
	struct command_context *ctx = want->ctx;
	struct log_print print = print_of(ctx);
	struct pmc_error err = {};
	struct log_set set = {};
	int r = log_live_find(want, &set, &unknown, &err);

	if (r < 0) {
		log_set_done(&set);
		return say_error(&ctx->say, &err);
	}
	print.label = log_set_label_width(&set);
	r = print_history(want, lines_for(ctx, print.form, lines, follow), &set, &print);
	tell_unknown(ctx, &unknown, follow);
	if (!follow && print.form == LOG_PRINT_LABELLED)
		log_print_close(&print);
	if (r == 0)
		r = follow ? log_live_run(want, &set, &print) : log_print_flush(&print);
	log_print_done(&print);
	log_set_done(&set);
	if (r >= 0 || r == -EPIPE)
		return 0;
	say_fail(&ctx->say, "cannot show the logs: %s", pmc_error_text(r));
	return 1;
}

/* The names of what was acted on. */
static json_t *acted_names(const struct command_context *ctx)
{
	_cleanup_(strlist_done) struct strlist names = {};
	json_t *targets = json_array(), *name;
	const char *key;

	json_object_foreach(ctx->acted, key, name)
	{
		if (strlist_has(&names, json_string_value(name)))
			continue;
		strlist_add(&names, json_string_value(name));
		json_array_append(targets, name);
	}
	return targets;
}

int log_show_attached(struct command_context *ctx, int code)
{
	struct log_live_want want = {.ctx = ctx, .input_fd = -1};
	json_t *targets;
	int r;

	if (!ctx->flags->daemon)
		return foreground_run(ctx, code);
	if (!ctx->flags->attach || code == COMMAND_INTERRUPTED || !ctx->acted)
		return code;
	targets = acted_names(ctx);
	want.targets = targets;
	r = log_show(&want, ATTACHED_LINES, true);
	json_decref(targets);
	return code ? code : r;
}
