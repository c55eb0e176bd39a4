#include "cli/cmd.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/act.h"
#include "cli/args.h"
#include "cli/instances.h"
#include "cli/listing.h"
#include "cli/log_live.h"
#include "cli/log_show.h"
#include "cli/request.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/model/json_text.h"

#define LINE_MAX_BYTES 65536

struct attached {
	char *target;
	struct str typed; /* the begin of a line */
	bool failed;
};

static int send_line(struct command_context *ctx, struct attached *attached, const char *text,
		     size_t len)
{
	json_t *params = json_pack("{s:[o], s:o}", "targets", json_text(attached->target), "line",
				   json_stringn(text, len));
	json_t *reply = NULL;
	int r;

	if (!params) {
		say_warn(&ctx->say, "a line that is not UTF-8 was not sent");
		return 0;
	}
	r = act_ask(ctx, "app.send", params, &reply);
	if (r == 0 && json_integer_value(json_object_get(reply, "failed")) > 0) {
		json_t *row = json_array_get(json_object_get(reply, "results"), 0);

		say_fail(&ctx->say, "%s: %s", attached->target,
			 json_string_value(json_object_get(row, "message")));
		r = 1;
	}
	json_decref(reply);
	return r;
}

/* Send the lines that are whole; the last one too when nothing more comes. */
static int send_lines(struct command_context *ctx, struct attached *attached, bool end)
{
	struct str *typed = &attached->typed;
	int r = 0;

	while (r == 0 && typed->len > 0) {
		const char *newline = memchr(typed->data, '\n', typed->len);
		size_t len = newline ? (size_t)(newline - typed->data) : typed->len;

		if (!newline && !end && len < LINE_MAX_BYTES)
			break;
		r = send_line(ctx, attached, typed->data, len);
		str_consume(typed, len + (newline != NULL));
	}
	return r;
}

static int on_input(struct command_context *ctx, void *owner)
{
	struct attached *attached = owner;
	char buffer[4096];
	ssize_t got = read(STDIN_FILENO, buffer, sizeof(buffer));

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (got > 0)
		str_append_bytes(&attached->typed, buffer, (size_t)got);
	attached->failed = send_lines(ctx, attached, got <= 0) != 0;
	return got <= 0 || attached->failed;
}

/* The one instance that is meant, as a target that means no other. */
static int find_target(struct command_context *ctx, char **ret_target)
{
	struct listing listing;
	int r = instances_ask(ctx, &listing);

	if (r != 0)
		return r;
	if (listing.count == 1) {
		*ret_target = mem_printf("%s:%d", listing.views[0].name, listing.views[0].number);
	} else {
		say_fail(&ctx->say, "%s means %zu instances, attach takes one",
			 ctx->args->words.items[0], listing.count);
		say_hint(&ctx->say, "name:n, or an id, means one instance");
		r = 1;
	}
	listing_done(&listing);
	return r;
}

static int run(struct command_context *ctx)
{
	struct attached attached = {};
	struct log_live_want want = {
		.ctx = ctx, .input_fd = STDIN_FILENO, .input = on_input, .owner = &attached};
	json_t *targets;
	int r = find_target(ctx, &attached.target);

	if (r != 0)
		return r;
	targets = json_pack("[o]", json_text(attached.target));
	want.targets = targets;
	r = log_show(&want, (unsigned)ctx->flags->lines, true);
	json_decref(targets);
	mem_freep(&attached.target);
	str_done(&attached.typed);
	return attached.failed ? 1 : r;
}

const struct command cmd_attach = {
	.name = "attach",
	.summary = "Type into an app: lines to its standard input, its logs to the terminal.",
	.args = "<id|app>",
	.doc = "Ctrl-C leaves, and so does the end of the input; the app runs on.",
	.group = GROUP_APPS,
	.target = TARGET_APPS,
	.min_words = 1,
	.max_words = 1,
	.flags = COMMAND_FLAGS(FLAG_lines, FLAG_raw, FLAG_out, FLAG_err),
	.run = run,
};
