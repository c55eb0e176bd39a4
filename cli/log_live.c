#include "cli/log_live.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cli/act.h"
#include "cli/args.h"
#include "cli/command.h"
#include "cli/connect.h"
#include "cli/log_print.h"
#include "cli/log_set.h"
#include "cli/out/json.h"
#include "cli/request.h"
#include "shared/base/mem.h"
#include "shared/ipc/client.h"
#include "shared/ipc/message.h"
#include "shared/logfile/logfile_follower.h"

/* How often a daemon that is away is looked for. */
#define AWAY_MS 200

struct log_live {
	struct command_context *ctx;
	struct log_set *set;
	struct log_print *print;
	struct logfile_follower *follower;
	struct connect events; /* on which events come */
};

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

json_t *log_live_params(struct command_context *ctx)
{
	json_t *params = json_object();

	if (ctx->args->words.count > 0)
		json_object_set_new(params, "targets", act_words(ctx, 0));
	return params;
}

void log_live_take(struct command_context *ctx, const json_t *reply, struct log_set *set)
{
	if (set->count == 0 && wants_daemon(ctx)) {
		_cleanup_(mem_freep) char *path = home_file(&ctx->connect->home, "pmc.log");

		log_set_add_daemon(set, path);
	}
	log_set_add(set, reply, want_of(ctx));
}

/* Follow the files of the set from the `first`th on. */
static void follow_from(struct log_live *live, size_t first)
{
	for (size_t i = first; i < live->set->count; i++) {
		struct log_set_file *file = live->set->files[i];

		logfile_follower_add(live->follower, file->path, file, &file->shown);
	}
	live->print->label = log_set_label_width(live->set);
}

/* An app was added, or the engine is a new one: are there more files now? */
static void ask_again(struct log_live *live)
{
	struct command_context *ctx = live->ctx;
	struct pmc_error err = {};
	json_t *reply = NULL;
	size_t known = live->set->count;

	if (request_call(ctx->connect, "log.files", log_live_params(ctx), NULL, NULL, &reply,
			 &err) < 0)
		return; /* the known ones are followed on */
	log_live_take(ctx, reply, live->set);
	json_decref(reply);
	follow_from(live, known);
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

/* The sooner of two time-outs, -1 being never. */
static int sooner(int a_ms, int b_ms)
{
	if (a_ms < 0 || b_ms < 0)
		return a_ms < 0 ? b_ms : a_ms;
	return a_ms < b_ms ? a_ms : b_ms;
}

/* Wait for lines, for the daemon, or for the reader to go. While the daemon is away its return is
 * waited for; the files are followed all the same. */
static int turn(struct log_live *live)
{
	bool there = live->events.client != NULL;
	int timeout_ms = sooner(logfile_follower_timeout_ms(live->follower), there ? -1 : AWAY_MS);
	struct pollfd fds[] = {
		{.fd = logfile_follower_fd(live->follower), .events = POLLIN},
		{.fd = STDOUT_FILENO}, /* POLLERR: nobody reads any more */
		{.fd = there ? client_fd(live->events.client) : -1, .events = POLLIN},
	};

	if (poll(fds, ARRAY_SIZE(fds), timeout_ms) < 0 && errno != EINTR)
		return -errno;
	if (fds[1].revents & (POLLERR | POLLNVAL))
		return -EPIPE;
	if ((!there || fds[2].revents) && look_at_daemon(&live->events))
		ask_again(live);
	logfile_follower_read(live->follower);
	return log_print_flush(live->print);
}

int log_live_run(struct command_context *ctx, struct log_set *set, struct log_print *print)
{
	struct log_live live = {.ctx = ctx, .set = set, .print = print};
	int r = 0;

	live.follower = logfile_follower_create(log_print_line, print);
	follow_from(&live, 0);
	subscribe(&live.events);
	while (r == 0)
		r = turn(&live);
	logfile_follower_destroy(live.follower);
	connect_done(&live.events);
	return r;
}
