#include "cli/request.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "cli/connect.h"
#include "cli/out/json.h"
#include "shared/base/mem.h"
#include "shared/ipc/client.h"
#include "shared/ipc/message.h"
#include "shared/ipc/protocol.h"

#define REPEATS_MAX 20
/* How often progress is drawn anew, and a Ctrl-C seen that came just before the waiting. */
#define TICK_MS 100

static const struct {
	const char *name;
	enum method_flags flags;
} methods[] = {
#define METHOD(ident, name, flags, params, doc) {name, flags},
#include "shared/ipc/methods.def"
#undef METHOD
};

/* The words of error codes as errnos, for exit paths that care; the text is what people read. */
static const struct {
	const char *word;
	int code;
} codes[] = {
	{"bad-request", -EBADMSG}, {"unknown-method", -ENOSYS}, {"bad-params", -EINVAL},
	{"not-found", -ENOENT},	   {"conflict", -EEXIST},	{"refused", -EPERM},
	{"store", -EIO},	   {"safe-mode", -EROFS},	{"busy", -EBUSY},
	{"internal", -EPROTO},
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
	interrupted = 1;
}

static bool changes(const char *method)
{
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		if (strcmp(methods[i].name, method) == 0)
			return methods[i].flags == METHOD_CHANGES;
	}
	return false;
}

/* Methods without the parameter are those that end or begin the daemon itself: repeating them does
 * no harm. */
static bool takes_request_id(const char *method)
{
	return changes(method) && strncmp(method, "daemon.", 7) != 0;
}

static void add_request_id(json_t *params)
{
	uint64_t random[2] = {};
	char id[40];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return; /* no id: a repeated request is simply done again */
	snprintf(id, sizeof(id), "%016jx%016jx", (uintmax_t)random[0], (uintmax_t)random[1]);
	json_object_set_new(params, "request", json_string(id));
}

static int error_of_reply(const json_t *body, struct pmc_error *err)
{
	const char *word = json_get_text(body, "code", "internal");
	int code = -EPROTO;

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		if (strcmp(codes[i].word, word) == 0)
			code = codes[i].code;
	}
	pmc_error_set(err, code, "%s", json_get_text(body, "message", "the daemon gave no reason"));
	if (json_object_get(body, "hint"))
		pmc_error_hint(err, "%s", json_get_text(body, "hint", ""));
	return code;
}

/* 1: the answer is there (0 or error in *ret_code); 0: go on. */
static int take_message(const struct message *msg, json_int_t id, request_progress_fn *progress,
			void *user, json_t **ret_result, int *ret_code, struct pmc_error *err)
{
	if (msg->id != id)
		return 0;
	switch (msg->kind) {
	case MESSAGE_PROGRESS:
		if (progress)
			progress(user, msg->body);
		return 0;
	case MESSAGE_RESULT:
		*ret_result = json_incref(msg->body);
		*ret_code = 0;
		return 1;
	case MESSAGE_ERROR:
		*ret_code = error_of_reply(msg->body, err);
		return 1;
	case MESSAGE_HELLO:
	case MESSAGE_REQUEST:
	case MESSAGE_EVENT:
	case MESSAGE_DROPPED:
		return 0;
	}
	unreachable();
}

/* Send once and wait for the answer on this connection. */
static int ask_once(struct connect *connect, const char *method, json_t *params,
		    request_progress_fn *progress, void *user, json_t **ret_result,
		    bool *ret_answered, struct pmc_error *err)
{
	json_int_t id = client_send(connect->client, method, params, err);
	int r, code = 0;

	if (id < 0)
		return (int)id;
	for (;;) {
		struct message msg = {};

		r = client_receive(connect->client, TICK_MS, &msg, err);
		if (r == -ETIMEDOUT && progress)
			progress(user, NULL);
		if ((r == -ETIMEDOUT || r == -EINTR) && !interrupted)
			continue;
		if (r < 0)
			return r;
		r = take_message(&msg, id, progress, user, ret_result, &code, err);
		message_done(&msg);
		if (r == 1) {
			*ret_answered = true;
			return code;
		}
	}
}

static bool connection_broke(int r)
{
	return r == -ECONNRESET || r == -EPIPE;
}

static int ask_until_answered(struct connect *connect, const char *method, json_t *params,
			      request_progress_fn *progress, void *user, json_t **ret_result,
			      struct pmc_error *err)
{
	for (int i = 0; i < REPEATS_MAX; i++) {
		bool answered = false;
		int r;

		r = ask_once(connect, method, params, progress, user, ret_result, &answered, err);
		if (answered || !connection_broke(r))
			return r;
		r = connect_again(connect, err);
		if (r < 0)
			return r;
	}
	return pmc_error_set(err, -ECONNRESET, "the daemon died %d times over this request",
			     REPEATS_MAX);
}

int request_call(struct connect *connect, const char *method, json_t *params,
		 request_progress_fn *progress, void *user, json_t **ret_result,
		 struct pmc_error *err)
{
	struct sigaction catch = {.sa_handler = on_interrupt}, before;
	int r;

	if (!params)
		params = json_object();
	if (takes_request_id(method))
		add_request_id(params);
	if (takes_request_id(method) && !progress)
		json_object_set_new(params, "quiet", json_true());
	interrupted = 0;
	if (changes(method))
		sigaction(SIGINT, &catch, &before);
	r = ask_until_answered(connect, method, params, progress, user, ret_result, err);
	if (changes(method))
		sigaction(SIGINT, &before, NULL);
	json_decref(params);
	if (interrupted && r < 0)
		return -EINTR;
	return r;
}
