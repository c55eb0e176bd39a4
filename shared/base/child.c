#include "shared/base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/base/fdio.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/base/strlist.h"

#define READ_BYTES 65536
/* Descriptors at least this high are out of the way of those the program gets. */
#define HIGH_FD 10

struct running {
	pid_t pid;
	int answer_fd;	/* where we read */
	int failure_fd; /* errno of what went wrong before the program was there */
};

char *child_find(const char *program)
{
	_cleanup_(strlist_done) struct strlist folders = {};
	const char *path = getenv("PATH");

	strlist_split(&folders, path ? path : "/usr/local/bin:/usr/bin:/bin", ":");
	for (size_t i = 0; i < folders.count; i++) {
		_cleanup_(mem_freep) char *candidate = path_join(folders.items[i], program);
		struct stat st;

		if (access(candidate, X_OK) == 0 && stat(candidate, &st) == 0 &&
		    S_ISREG(st.st_mode))
			return steal_ptr(&candidate);
	}
	return NULL;
}

static _Noreturn void give_up(int failure_fd)
{
	int code = errno;

	(void)fdio_write_all(failure_fd, &code, sizeof(code));
	_exit(127);
}

/* In the child. `fds`: answer and failure, both high. */
static _Noreturn void become(const struct child_request *request, const int *fds, pid_t parent)
{
	sigset_t none;
	int in = request->stdin_fd >= 0 ? request->stdin_fd : open("/dev/null", O_RDWR | O_CLOEXEC);

	in = fcntl(in, F_DUPFD_CLOEXEC, HIGH_FD); /* or it might be stdin already, and closed */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (setpgid(0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent ||
	    in < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ||
	    dup2(fds[0], CHILD_ANSWER_FD) < 0)
		give_up(fds[1]);
	/* execv() changes nothing of the list, but takes it so */
	execv(request->path, (char *const *)(uintptr_t)request->argv);
	give_up(fds[1]);
}

/* A pipe whose writing end is out of the way. */
static int make_pipe(int *ret_read, int *ret_write)
{
	int fds[2], high;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	high = fcntl(fds[1], F_DUPFD_CLOEXEC, HIGH_FD);
	if (high < 0) {
		int code = errno;

		close(fds[0]);
		close(fds[1]);
		return -code;
	}
	close(fds[1]);
	*ret_read = fds[0];
	*ret_write = high;
	return 0;
}

/* 0 as soon as the program is executed. */
static int read_failure(int fd)
{
	int code = 0;
	ssize_t n;

	do
		n = read(fd, &code, sizeof(code));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(code) ? -code : 0;
}

static int launch(const struct child_request *request, struct running *child)
{
	_cleanup_(fdio_closep) int answer = -1;
	_cleanup_(fdio_closep) int failure = -1;
	pid_t parent = getpid();
	int r = make_pipe(&child->answer_fd, &answer);

	if (r == 0)
		r = make_pipe(&child->failure_fd, &failure);
	if (r < 0)
		return r;
	child->pid = fork();
	if (child->pid == 0)
		become(request, (const int[]){answer, failure}, parent);
	if (child->pid < 0)
		return -errno;
	(void)setpgid(child->pid, child->pid); /* whoever comes first */
	fdio_closep(&failure);
	fdio_closep(&answer);
	return read_failure(child->failure_fd);
}

/* One piece of the answer: 1, 0 at its end, or negative errno. */
static int read_piece(const struct child_request *request, int fd, struct str *answer)
{
	char *room = str_reserve(answer, READ_BYTES);
	ssize_t n = read(fd, room, READ_BYTES);
	bool ends;

	if (n < 0)
		return errno == EINTR ? 1 : -errno;
	ends = n == 0 || memchr(room, '\n', (size_t)n);
	answer->len += (size_t)n;
	answer->data[answer->len] = '\0';
	if (answer->len > request->answer_max_bytes)
		return -EFBIG;
	return !ends;
}

static int read_answer(const struct child_request *request, int fd, struct str *answer)
{
	int64_t end_ms = clock_now_ms() + request->time_max_ms;
	int r = 1;

	while (r > 0) {
		struct pollfd look = {.fd = fd, .events = POLLIN};
		int64_t left_ms = end_ms - clock_now_ms();
		int ready;

		if (left_ms <= 0)
			return -ETIMEDOUT;
		ready = poll(&look, 1, left_ms < 1000 ? (int)left_ms : 1000);
		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready > 0)
			r = read_piece(request, fd, answer);
	}
	return r;
}

int child_run(const struct child_request *request, struct str *answer, struct child_end *ret_end)
{
	struct running child = {.answer_fd = -1, .failure_fd = -1};
	int r = launch(request, &child);

	if (r == 0)
		r = read_answer(request, child.answer_fd, answer);
	if (child.pid > 0) {
		kill(-child.pid, SIGKILL); /* what ends by itself keeps its exit code */
		while (waitpid(child.pid, &ret_end->status, 0) < 0 && errno == EINTR)
			continue;
	}
	fdio_closep(&child.answer_fd);
	fdio_closep(&child.failure_fd);
	return r;
}
