#include "cli/log_live.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/connect.h"
#include "cli/log_print.h"
#include "cli/log_set.h"
#include "cli/out/json.h"
#include "cli/request.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/strlist.h"
#include "shared/ipc/client.h"
#include "shared/ipc/message.h"
#include "shared/logfile/logfile_follower.h"

/* How often a daemon that is away is looked for. */
#define AWAY_MS 200

struct log_live {
	const struct log_live_want *want;
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

static bool wants_all(const json_t *targets)
{
	return json_array_size(targets) == 0 ||
	       str_equal(json_string_value(json_array_get(targets, 0)), "all");
}

/* As PM2: the daemon's lines are shown between those of all apps, where people read. */
static bool wants_daemon(const struct log_live_want *want)
{
	const struct flags *flags = want->ctx->flags;

	return wants_all(want->targets) && !flags->raw && !flags->json && !flags->format &&
	       want_of(want->ctx) == LOG_SET_BOTH;
}

/* `targets` is taken; NULL: all. */
static int ask_for(const struct log_live_want *want, json_t *targets, struct log_set *set,
		   struct pmc_error *err)
{
	json_t *params = json_object(), *reply = NULL;
	int r;

	if (targets)
		json_object_set_new(params, "targets", targets);
	r = request_call(want->ctx->connect, "log.files", params, NULL, NULL, &reply, err);
	if (r == 0)
		log_set_add(set, reply, want_of(want->ctx));
	json_decref(reply);
	return r;
}

int log_live_find(const struct log_live_want *want, struct log_set *set, struct strlist *unknown,
		  struct pmc_error *err)
{
	json_t *target;
	size_t i;

	if (set->count == 0 && wants_daemon(want)) {
		_cleanup_(mem_freep) char *path = home_file(&want->ctx->connect->home, "pmc.log");

		log_set_add_daemon(set, path);
	}
	if (wants_all(want->targets))
		return ask_for(want, NULL, set, err);
	json_array_foreach(want->targets, i, target)
	{
		int r = ask_for(want, json_pack("[O]", target), set, err);

		if (r == -ENOENT && unknown)
			strlist_add(unknown, json_string_value(target));
		if (r < 0 && r != -ENOENT)
			return r;
	}
	return 0;
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
	struct pmc_error err = {};
	size_t known = live->set->count;

	/* where it fails the known ones are followed on */
	(void)log_live_find(live->want, live->set, NULL, &err);
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

static bool is_of(const struct log_set *set, const char *app)
{
	for (size_t i = 0; i < set->count; i++) {
		if (str_equal(set->files[i]->name, app))
			return true;
	}
	return false;
}

/* What PM2 calls the events that it tells between the lines. */
static void tell_event(struct log_live *live, const struct message *msg)
{
	static const struct {
		const char *event, *status;
	} told[] = {{"online", "online"},
		    {"exit", "exit"},
		    {"stopped", "stop"},
		    {"deleted", "delete"},
		    {"errored", "restart overlimit"}};
	const char *event = json_get_text(msg->body, "event", "");
	const char *app = json_get_text(msg->body, "app", "");

	for (size_t i = 0; msg->kind == MESSAGE_EVENT && i < ARRAY_SIZE(told); i++) {
		if (strcmp(told[i].event, event) == 0 && is_of(live->set, app))
			log_print_event(live->print, app, told[i].status);
	}
}

/* Take what the daemon said. Returns whether there may be other files now. */
static bool take_events(struct log_live *live)
{
	struct connect *events = &live->events;
	struct pmc_error err = {};
	bool changed = false;
	int r;

	do {
		struct message msg = {};

		r = client_receive(events->client, 0, &msg, &err);
		if (r == 0) {
			changed |= tells_of_files(&msg);
			tell_event(live, &msg);
			message_done(&msg);
		}
	} while (r == 0);
	if (r != -ETIMEDOUT && r != -EINTR)
		connect_drop(events); /* the engine died; the next one is coming */
	return changed;
}

/* Something came from the daemon, or a moment without one has passed. Whether there may be other
 * files now. */
static bool look_at_daemon(struct log_live *live)
{
	return live->events.client ? take_events(live) : subscribe(&live->events);
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
	bool came = there && client_buffered(live->events.client); /* behind the last answer */
	int timeout_ms = sooner(logfile_follower_timeout_ms(live->follower), there ? -1 : AWAY_MS);
	struct pollfd fds[] = {
		{.fd = logfile_follower_fd(live->follower), .events = POLLIN},
		{.fd = STDOUT_FILENO}, /* POLLERR: nobody reads any more */
		{.fd = there ? client_fd(live->events.client) : -1, .events = POLLIN},
		{.fd = live->want->input_fd, .events = POLLIN},
	};
	int r;

	if (poll(fds, ARRAY_SIZE(fds), came ? 0 : timeout_ms) < 0 && errno != EINTR)
		return -errno;
	if (fds[1].revents & (POLLERR | POLLNVAL))
		return -EPIPE;
	if ((!there || came || fds[2].revents) && look_at_daemon(live))
		ask_again(live);
	logfile_follower_read(live->follower);
	r = log_print_flush(live->print);
	if (r == 0 && fds[3].revents)
		r = live->want->input(live->want->ctx, live->want->owner);
	return r;
}

int log_live_run(const struct log_live_want *want, struct log_set *set, struct log_print *print)
{
	struct log_live live = {.want = want, .set = set, .print = print};
	int r = 0;

	print->live = true;
	live.follower = logfile_follower_create(log_print_line, print);
	follow_from(&live, 0);
	subscribe(&live.events);
	while (r == 0)
		r = turn(&live);
	logfile_follower_destroy(live.follower);
	connect_done(&live.events);
	return r;
}
