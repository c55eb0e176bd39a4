#include "cli/foreground.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/connect.h"
#include "cli/farewell.h"
#include "cli/log_live.h"
#include "cli/log_show.h"
#include "cli/request.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"

#define LINES 15

int foreground_claim(struct command_context *ctx)
{
	struct pmc_error err = {};
	int r = connect_existing(ctx->connect, &err);

	if (r == -ENOENT || r == -ECONNREFUSED)
		return 0;
	if (r < 0)
		return say_error(&ctx->say, &err);
	say_fail(&ctx->say, "a daemon runs already for %s: --no-daemon would not be alone",
		 ctx->connect->home.path);
	say_hint(&ctx->say, "--attach shows the logs; `pmc daemon stop` ends the daemon");
	return 1;
}

static int keeper_fd(struct command_context *ctx)
{
	struct pmc_error err = {};
	json_t *reply = NULL;
	int fd = -1;

	if (request_call(ctx->connect, "daemon.ping", NULL, NULL, NULL, &reply, &err) == 0)
		fd = pidfd_open((pid_t)json_integer_value(json_object_get(reply, "keeper_pid")), 0);
	json_decref(reply);
	return fd;
}

static int watch(int epoll_fd, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int on_end(struct command_context *ctx, void *owner)
{
	return 1;
}

/* Until one of the signals, which are blocked, or the end of the keeper. */
static int show_until_end(struct command_context *ctx, const sigset_t *signals)
{
	_cleanup_(fdio_closep) int signal_fd = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
	_cleanup_(fdio_closep) int keeper = keeper_fd(ctx);
	_cleanup_(fdio_closep) int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	struct log_live_want want = {.ctx = ctx, .input_fd = epoll_fd, .input = on_end};
	struct signalfd_siginfo info;
	int r;

	if (signal_fd < 0 || keeper < 0 || epoll_fd < 0 || watch(epoll_fd, signal_fd) < 0 ||
	    watch(epoll_fd, keeper) < 0) {
		say_fail(&ctx->say, "cannot wait for the end of the daemon");
		return 1;
	}
	r = log_show(&want, LINES, true);
	while (read(signal_fd, &info, sizeof(info)) > 0)
		;
	return r;
}

int foreground_run(struct command_context *ctx, int code)
{
	sigset_t signals, before;
	int r = 0;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	if (code != COMMAND_INTERRUPTED && ctx->acted) {
		sigprocmask(SIG_BLOCK, &signals, &before);
		r = show_until_end(ctx, &signals);
		sigprocmask(SIG_SETMASK, &before, NULL);
	}
	if (r == 0)
		r = farewell_say(ctx, "daemon.stop", "Daemon stopped");
	return code ? code : r;
}
