#include "cli/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/child.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/config/home.h"

/* pmcd's exit code when another one has the lock. */
#define EXIT_ALREADY 2
#define OUTPUT_MAX 600
#define LOG_TAIL_LINES 3

void launch_done(struct launch *launch)
{
	fdio_closep(&launch->output_fd);
}

static char *own_folder(void)
{
	_cleanup_(mem_freep) char *buf = mem_zalloc(4096);
	ssize_t len = readlink("/proc/self/exe", buf, 4095);

	return len > 0 ? path_dir(buf) : NULL;
}

char *launch_find(const char *program)
{
	_cleanup_(mem_freep) char *folder = own_folder();
	_cleanup_(mem_freep) char *beside = NULL, *build = NULL;

	if (folder) {
		beside = path_join(folder, program);
		if (access(beside, X_OK) == 0)
			return steal_ptr(&beside);
		build = mem_printf("%s/../daemon/%s", folder, program);
		if (access(build, X_OK) == 0)
			return path_join("/", build);
	}
	return child_find(program);
}

/* In the child: what a daemon must not inherit from us is put back, then pmcd takes over. */
static _Noreturn void become_daemon(const char *path, int output_fd)
{
	char *const argv[] = {(char[]){"pmcd"}, NULL};
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	signal(SIGPIPE, SIG_DFL);
	if (null_fd >= 0) {
		dup2(null_fd, STDIN_FILENO);
		dup2(null_fd, STDOUT_FILENO);
	}
	dup2(output_fd, STDERR_FILENO);
	execv(path, argv);
	dprintf(STDERR_FILENO, "cannot execute %s: %s\n", path, pmc_error_text(errno));
	_exit(127);
}

int launch_daemon(struct launch *launch, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *path = launch_find("pmcd");
	int pipe_fds[2];

	if (!path) {
		pmc_error_set(err, -ENOENT, "cannot find pmcd, the daemon");
		pmc_error_hint(err, "it belongs beside pmc, or into a folder of PATH");
		return -ENOENT;
	}
	launch_done(launch);
	*launch = LAUNCH_NONE;
	if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return pmc_error_errno(err, -errno, "cannot make a pipe");
	launch->pid = fork();
	if (launch->pid == 0)
		become_daemon(path, pipe_fds[1]);
	close(pipe_fds[1]);
	launch->output_fd = pipe_fds[0];
	if (launch->pid < 0)
		return pmc_error_errno(err, -errno, "cannot fork to start the daemon");
	return 0;
}

enum launch_state launch_look(struct launch *launch)
{
	int status;

	if (launch->pid <= 0 || waitpid(launch->pid, &status, WNOHANG) != launch->pid)
		return launch->state;
	launch->pid = 0;
	if (!WIFEXITED(status))
		launch->state = LAUNCH_FAILED;
	else if (WEXITSTATUS(status) == EXIT_ALREADY)
		launch->state = LAUNCH_ALREADY;
	else
		launch->state = WEXITSTATUS(status) == 0 ? LAUNCH_DONE : LAUNCH_FAILED;
	return launch->state;
}

static void trim_end(struct str *text)
{
	while (text->len > 0 && strchr("\n ", text->data[text->len - 1]))
		text->data[--text->len] = '\0';
}

/* What pmcd said before it could write a log. */
static void read_output(const struct launch *launch, struct str *out)
{
	char *room = str_reserve(out, OUTPUT_MAX);
	ssize_t n = launch->output_fd >= 0 ? read(launch->output_fd, room, OUTPUT_MAX) : 0;

	out->len += n > 0 ? (size_t)n : 0;
	room[n > 0 ? n : 0] = '\0';
	trim_end(out);
}

/* The keeper's line about engines that cannot start: in the folder that run/where names. */
static void read_status(const struct home *home, struct str *out)
{
	_cleanup_(mem_freep) char *where = home_file(home, "run/where");
	_cleanup_(mem_freep) char *status = NULL;
	char buf[512];
	ssize_t n = fdio_read_small(AT_FDCWD, where, buf, sizeof(buf));

	if (n <= 0)
		return;
	buf[strcspn(buf, "\n")] = '\0';
	status = path_join(buf, "status");
	n = fdio_read_small(AT_FDCWD, status, buf, sizeof(buf));
	if (n > 0)
		str_append(out, buf);
	trim_end(out);
}

static void read_log_tail(const struct home *home, struct str *out)
{
	_cleanup_(mem_freep) char *path = home_file(home, "pmc.log");
	_cleanup_(fdio_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char buf[OUTPUT_MAX + 1];
	unsigned lines = 0;
	ssize_t n, start;
	off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;

	if (size <= 0)
		return;
	n = pread(fd, buf, OUTPUT_MAX, size > OUTPUT_MAX ? size - OUTPUT_MAX : 0);
	if (n <= 0)
		return;
	for (start = n - 1; start > 0; start--) {
		if (buf[start - 1] == '\n' && ++lines == LOG_TAIL_LINES)
			break;
	}
	str_appendf(out, "end of %s:\n", path);
	str_append_bytes(out, buf + start, (size_t)(n - start));
	trim_end(out);
}

int launch_explain(struct launch *launch, const struct home *home, struct pmc_error *err)
{
	_cleanup_(str_done) struct str reason = {}, log = {};

	read_output(launch, &reason);
	if (reason.len == 0)
		read_status(home, &reason);
	if (reason.len > 0)
		pmc_error_set(err, -ECONNREFUSED, "the daemon does not start: %s", reason.data);
	else if (launch_look(launch) == LAUNCH_FAILED)
		pmc_error_set(err, -ECONNREFUSED, "the daemon ended at once");
	else
		pmc_error_set(err, -ETIMEDOUT, "the daemon was started but does not answer");
	read_log_tail(home, &log);
	if (log.len > 0)
		pmc_error_hint(err, "%s", log.data);
	return err ? err->code : -ECONNREFUSED;
}
