#include "cli/farewell.h"

#include <errno.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/connect.h"
#include "cli/progress.h"
#include "cli/request.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"

#define END_MS 10000

/* A descriptor that becomes readable when the keeper ends; -1: cannot be had. */
static int watch_keeper(struct command_context *ctx)
{
	struct pmc_error err = {};
	json_t *reply = NULL;
	int fd = -1;

	if (request_call(ctx->connect, "daemon.ping", NULL, NULL, NULL, &reply, &err) == 0) {
		json_int_t pid = json_integer_value(json_object_get(reply, "keeper_pid"));

		fd = pid > 0 ? pidfd_open((pid_t)pid, 0) : -1;
	}
	json_decref(reply);
	return fd;
}

/* The daemon that closes the connection while it was told to end has ended: that is what was asked
 * for. */
static bool ended(int r)
{
	return r == 0 || r == -ECONNRESET || r == -EPIPE || r == -ECONNREFUSED || r == -ENOENT;
}

static int ask_to_end(struct command_context *ctx, const char *method, struct pmc_error *err)
{
	_cleanup_(fdio_closep) int keeper_fd = watch_keeper(ctx);
	struct pollfd end = {.fd = keeper_fd, .events = POLLIN};
	struct progress progress;
	json_t *reply = NULL;
	int r;

	progress_init(&progress, ctx->say.silent ? -1 : STDOUT_FILENO, &ctx->say.out);
	r = request_call(ctx->connect, method, NULL, progress_fn(&progress), &progress, &reply,
			 err);
	progress_done(&progress);
	json_decref(reply);
	if (!ended(r))
		return r;
	if (keeper_fd >= 0 && poll(&end, 1, END_MS) == 0)
		return pmc_error_set(err, -ETIMEDOUT,
				     "the daemon was told to end but is still there");
	return 0;
}

int farewell_say(struct command_context *ctx, const char *method, const char *done)
{
	struct pmc_error err = {};
	int r = connect_existing(ctx->connect, &err);

	if (r == -ENOENT || r == -ECONNREFUSED) {
		if (!ctx->connect->home.path)
			return say_error(&ctx->say, &err);
		say_info(&ctx->say, "No daemon is running for %s", ctx->connect->home.path);
		return 0;
	}
	if (r == 0)
		r = ask_to_end(ctx, method, &err);
	if (r == -EINTR) {
		say_warn(&ctx->say, "no longer waiting; the daemon goes on with the work");
		return COMMAND_INTERRUPTED;
	}
	if (r < 0)
		return say_error(&ctx->say, &err);
	say_info(&ctx->say, "%s", done);
	return 0;
}
