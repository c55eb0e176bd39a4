#include "cli/cmd.h"

#include <errno.h>
#include <unistd.h>

#include "cli/act.h"
#include "cli/connect.h"
#include "cli/event_line.h"
#include "cli/out/json.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/ipc/client.h"
#include "shared/ipc/message.h"

/* 0, or -EPIPE when the reader has gone. */
static int print_event(const struct command_context *ctx, const json_t *event)
{
	_cleanup_(str_done) struct str line = {};

	if (ctx->flags->json)
		return json_print(STDOUT_FILENO, event, false, true);
	event_line_append(event, &ctx->say.out, &line);
	return say_text(&ctx->say, line.data, line.len);
}

static int print_past(struct command_context *ctx)
{
	json_t *params = json_object(), *reply = NULL, *events, *event;
	size_t i;
	int r;

	if (ctx->flags->since_ms > 0)
		json_object_set_new(params, "since",
				    json_integer(clock_wall_us() - ctx->flags->since_ms * 1000));
	if (ctx->flags->app)
		json_object_set_new(params, "app", json_string(ctx->flags->app));
	json_object_set_new(params, "limit", json_integer(ctx->flags->limit));
	r = act_ask(ctx, "history.events", params, &reply);
	events = json_object_get(reply, "events");
	json_array_foreach(events, i, event)
	{
		if (print_event(ctx, event) != 0)
			break;
	}
	json_decref(reply);
	return r;
}

static int subscribe(struct command_context *ctx, struct pmc_error *err)
{
	json_t *params = json_object();
	json_int_t id;

	if (ctx->flags->app)
		json_object_set_new(params, "app", json_string(ctx->flags->app));
	id = client_send(ctx->connect->client, "events.follow", params, err);
	json_decref(params);
	return id < 0 ? (int)id : 0;
}

/* 0: go on. */
static int take(struct command_context *ctx, const struct message *msg)
{
	switch (msg->kind) {
	case MESSAGE_EVENT:
		return print_event(ctx, msg->body);
	case MESSAGE_DROPPED:
		say_warn(&ctx->say, "some events were skipped: this reader was too slow");
		return 0;
	case MESSAGE_ERROR:
		say_fail(&ctx->say, "%s",
			 json_get_text(msg->body, "message", "the daemon refused"));
		return 1;
	case MESSAGE_HELLO:
	case MESSAGE_REQUEST:
	case MESSAGE_PROGRESS:
	case MESSAGE_RESULT:
		return 0;
	}
	unreachable();
}

static int follow(struct command_context *ctx)
{
	struct pmc_error err = {};
	int r = subscribe(ctx, &err);

	while (r == 0) {
		struct message msg = {};

		r = client_receive(ctx->connect->client, -1, &msg, &err);
		if (r == 0) {
			r = take(ctx, &msg);
			message_done(&msg);
			if (r != 0)
				return r == -EPIPE ? 0 : 1;
		} else if (r == -ECONNRESET && connect_again(ctx->connect, &err) == 0) {
			r = subscribe(ctx, &err);
		}
	}
	return say_error(&ctx->say, &err);
}

static int run(struct command_context *ctx)
{
	int r = print_past(ctx);

	return r == 0 && ctx->flags->follow ? follow(ctx) : r;
}

const struct command cmd_events = {
	.name = "events",
	.summary = "What happened: starts, exits with their cause, restarts, commands.",
	.doc = "The oldest first, at most --limit of the newest. With --json one object a line.",
	.group = GROUP_LOOK,
	.flags = COMMAND_FLAGS(FLAG_since, FLAG_app, FLAG_limit, FLAG_follow, FLAG_json),
	.run = run,
};
