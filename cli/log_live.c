#include "cli/log_live.h"

#include <errno.h>
#include <string.h>

#include "cli/act.h"
#include "cli/args.h"
#include "cli/command.h"
#include "cli/connect.h"
#include "cli/log_follow.h"
#include "cli/log_print.h"
#include "cli/log_set.h"
#include "cli/log_source.h"
#include "cli/out/json.h"
#include "cli/request.h"
#include "shared/base/mem.h"
#include "shared/ipc/client.h"
#include "shared/ipc/message.h"

/* How often a daemon that is away is looked for. */
#define AWAY_MS 200

static enum log_set_want want_of(const struct command_context *ctx)
{
	if (ctx->flags->out == ctx->flags->err)
		return LOG_SET_BOTH;
	return ctx->flags->out ? LOG_SET_OUT : LOG_SET_ERR;
}

static bool wants_daemon(const struct command_context *ctx)
{
	const struct strlist *words = &ctx->args->words;
	bool all = words->count == 0 || strcmp(words->items[0], "all") == 0;

	return all && !ctx->flags->raw && want_of(ctx) == LOG_SET_BOTH;
}

json_t *log_live_params(const struct command_context *ctx)
{
	json_t *params = json_object();

	if (ctx->args->words.count > 0)
		json_object_set_new(params, "targets", act_words(ctx, 0));
	return params;
}

void log_live_read(struct command_context *ctx, const json_t *reply, struct log_set *ret_set)
{
	log_set_read(ret_set, reply, want_of(ctx));
	if (wants_daemon(ctx)) {
		_cleanup_(mem_freep) char *path = home_file(&ctx->connect->home, "pmc.log");

		log_set_add_daemon(ret_set, path);
	}
}

/* An app was added, or the engine is a new one: which files are there now? */
static void ask_again(struct command_context *ctx, struct log_set *set)
{
	struct pmc_error err = {};
	struct log_set fresh;
	json_t *reply = NULL;

	if (request_call(ctx->connect, "log.files", log_live_params(ctx), NULL, NULL, &reply,
			 &err) < 0)
		return; /* the old ones are followed on */
	log_live_read(ctx, reply, &fresh);
	json_decref(reply);
	log_set_inherit(&fresh, set);
	for (size_t i = 0; i < fresh.count; i++) {
		if (fresh.sources[i].fd < 0)
			log_source_open(&fresh.sources[i]);
	}
	log_set_done(set);
	*set = fresh;
}

/* Ask for events on a connection of their own. False: the daemon is not there now. */
static bool subscribe(struct connect *events)
{
	struct pmc_error err = {};
	json_t *params;
	json_int_t id;

	connect_drop(events);
	if (connect_existing(events, &err) < 0)
		return false;
	params = json_object();
	id = client_send(events->client, "events.follow", params, &err);
	json_decref(params);
	if (id < 0)
		connect_drop(events);
	return id >= 0;
}

static bool tells_of_files(const struct message *msg)
{
	return msg->kind == MESSAGE_DROPPED ||
	       (msg->kind == MESSAGE_EVENT &&
		strcmp(json_get_text(msg->body, "event", ""), "added") == 0);
}

/* Take what the daemon said. Returns whether there may be other files now. */
static bool take_events(struct connect *events)
{
	struct pmc_error err = {};
	bool changed = false;
	int r;

	do {
		struct message msg = {};

		r = client_receive(events->client, 0, &msg, &err);
		if (r == 0) {
			changed |= tells_of_files(&msg);
			message_done(&msg);
		}
	} while (r == 0);
	if (r != -ETIMEDOUT && r != -EINTR)
		connect_drop(events); /* the engine died; the next one is coming */
	return changed;
}

/* Something came from the daemon, or a moment without one has passed. Whether there may be other
 * files now. */
static bool look_at_daemon(struct connect *events)
{
	return events->client ? take_events(events) : subscribe(events);
}

/* Follow the files as they are now, until there may be others (0). While the daemon is away its
 * return is waited for; the files are followed all the same. */
static int follow_set(struct log_set *set, struct log_print *print, struct connect *events)
{
	struct log_follow follow;
	int r;

	print->label = log_set_label_width(set);
	r = log_follow_init(&follow, set->sources, set->count, print);
	while (r == 0) {
		bool there = events->client != NULL;

		r = log_follow_wait(&follow, there ? client_fd(events->client) : -1,
				    there ? -1 : AWAY_MS);
		if (r == 0 && look_at_daemon(events))
			break;
	}
	log_follow_done(&follow);
	return r;
}

int log_live_run(struct command_context *ctx, struct log_set *set, struct log_print *print)
{
	_cleanup_(connect_done) struct connect events = {};
	int r;

	subscribe(&events);
	for (;;) {
		r = follow_set(set, print, &events);
		if (r != 0)
			return r;
		ask_again(ctx, set);
	}
}
