#include "cli/cmd.h"

#include <errno.h>
#include <unistd.h>

#include "cli/act.h"
#include "cli/event_feed.h"
#include "cli/event_line.h"
#include "cli/out/json.h"
#include "cli/out/table.h"
#include "shared/base/clock.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

#define READER_GONE 1

/* Also READER_GONE when it cannot be written for another reason: there is nobody to tell. */
static int print_event(struct command_context *ctx, const json_t *event)
{
	_cleanup_(str_done) struct str line = {};
	int r;

	if (ctx->flags->json) {
		r = json_print(STDOUT_FILENO, event, false, true);
	} else {
		unsigned width = isatty(STDOUT_FILENO) ? table_terminal_width(STDOUT_FILENO, 0) : 0;

		event_line_append(event, width, &ctx->say.out, &line);
		r = fdio_write_all(STDOUT_FILENO, line.data, line.len);
	}
	return r < 0 ? READER_GONE : 0;
}

static int tell(struct command_context *ctx, struct event_feed *feed, struct pmc_error *err)
{
	const struct flags *flags = ctx->flags;
	int64_t since_us = flags->since_ms > 0 ? clock_wall_us() - flags->since_ms * 1000 : 0;
	int r = flags->follow ? event_feed_open(feed, err) : 0;

	if (r == 0)
		r = event_feed_past(feed, since_us, flags->limit, err);
	if (r == 0 && flags->follow)
		r = event_feed_follow(feed, err);
	return r;
}

static int run(struct command_context *ctx)
{
	struct event_feed feed = {.ctx = ctx, .event = print_event, .app = ctx->flags->app};
	struct pmc_error err = {};
	int r = act_connect(ctx);

	if (r != 0)
		return r;
	r = tell(ctx, &feed, &err);
	event_feed_done(&feed);
	return r < 0 ? say_error(&ctx->say, &err) : 0;
}

const struct command cmd_events = {
	.name = "events",
	.summary = "Tell what happened: starts, exits with their cause, restarts, commands.",
	.doc = "The oldest first, at most --limit of the newest. With --json one object a line.",
	.group = GROUP_DAILY,
	.flags = COMMAND_FLAGS(FLAG_since, FLAG_app, FLAG_limit, FLAG_follow, FLAG_json),
	.run = run,
};
