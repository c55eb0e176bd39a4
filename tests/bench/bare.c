/* bare: the least C programs that do what a figure measures, the app that is measured, and the
 * clock.
 *
 *   bare time PROGRAM [ARGUMENT...]   run it with its output thrown away: "begin_ns end_ns status"
 *   bare client SOCKET METHOD         the least client of pmcd: hello, one request, the answer
 *   bare spawn FIFO N                 fork and exec N beacons: "begin_ns"; a byte on stdin kills
 * and reaps them: "milliseconds" bare keep SOCKET FIFO             the least supervisor of one
 * beacon: started again when it ends bare ask SOCKET                   the least restart command,
 * for `keep` bare storm N MS SECONDS           N apps that end after MS, started again: "restarts a
 * second" bare beacon FIFO                  an app: says "pid now_ns" in FIFO and waits for ever
 *   bare exit MS                      an app that ends after so long
 *
 * All times are of the monotonic clock. */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char self[] = "/proc/self/exe";

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void spend_ms(long ms)
{
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) != 0)
		continue;
}

_Noreturn static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void time_program(char **argv)
{
	posix_spawn_file_actions_t actions;
	int64_t begin;
	int status, r;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
	begin = now_ns();
	r = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	if (r != 0 || waitpid(pid, &status, 0) < 0)
		die(argv[0]);
	printf("%jd %jd %d\n", (intmax_t)begin, (intmax_t)now_ns(),
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* ---- sockets ---- */

static int open_socket(const char *path, int (*how)(int, const struct sockaddr *, socklen_t))
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (fd < 0 || how(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(path);
	return fd;
}

static void read_line(int fd)
{
	char buffer[65536];
	ssize_t n;

	do {
		n = read(fd, buffer, sizeof(buffer));
		if (n <= 0)
			die("read");
	} while (buffer[n - 1] != '\n');
}

static void client(const char *path, const char *method)
{
	int fd = open_socket(path, connect);

	dprintf(fd, "{\"hello\":{\"protocol\":[1,0],\"version\":\"bare\"}}\n");
	read_line(fd);
	dprintf(fd, "{\"id\":1,\"method\":\"%s\",\"params\":{}}\n", method);
	read_line(fd);
}

static void ask(const char *path)
{
	int fd = open_socket(path, connect);

	dprintf(fd, "restart\n");
	read_line(fd);
}

/* ---- processes ---- */

static pid_t start(const char *app, const char *argument)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	execl(self, "bare", app, argument, (char *)NULL);
	_exit(127);
}

static void beacon(const char *fifo)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "%d %jd\n", (int)getpid(), (intmax_t)now_ns());
	int fd = open(fifo, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, (size_t)len) != len)
		die(fifo);
	close(fd);
	for (;;)
		pause();
}

static void spawn_many(const char *fifo, size_t count)
{
	pid_t *pids = calloc(count, sizeof(*pids));
	int64_t begin = now_ns();

	if (!pids)
		die("calloc");
	for (size_t i = 0; i < count; i++)
		pids[i] = start("beacon", fifo);
	printf("%jd\n", (intmax_t)begin);
	fflush(stdout);
	getchar();
	begin = now_ns();
	for (size_t i = 0; i < count; i++)
		kill(pids[i], SIGINT);
	for (size_t i = 0; i < count; i++)
		waitpid(pids[i], NULL, 0);
	printf("%.3f\n", (double)(now_ns() - begin) / 1e6);
	free(pids);
}

static pid_t kept;
static const char *kept_fifo;

static void on_child(int signal_number)
{
	if (waitpid(kept, NULL, WNOHANG) == kept)
		kept = start("beacon", kept_fifo);
}

static void keep(const char *path, const char *fifo)
{
	struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART};
	int fd = open_socket(path, bind);

	if (listen(fd, 5) < 0)
		die(path);
	kept_fifo = fifo;
	kept = start("beacon", fifo);
	sigaction(SIGCHLD, &action, NULL);
	for (;;) {
		int one = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		read_line(one);
		kill(kept, SIGINT);
		dprintf(one, "done\n");
		close(one);
	}
}

static void storm(size_t count, const char *ms, long seconds)
{
	int64_t begin = now_ns(), restarts = 0;

	for (size_t i = 0; i < count; i++)
		start("exit", ms);
	while (now_ns() - begin < seconds * 1000000000) {
		wait(NULL);
		start("exit", ms);
		restarts++;
	}
	printf("%.1f\n", (double)restarts / (double)seconds);
	while (wait(NULL) > 0)
		continue;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "time") == 0 && argc > 2)
		time_program(argv + 2);
	else if (strcmp(what, "client") == 0 && argc == 4)
		client(argv[2], argv[3]);
	else if (strcmp(what, "spawn") == 0 && argc == 4)
		spawn_many(argv[2], strtoul(argv[3], NULL, 10));
	else if (strcmp(what, "keep") == 0 && argc == 4)
		keep(argv[2], argv[3]);
	else if (strcmp(what, "ask") == 0 && argc == 3)
		ask(argv[2]);
	else if (strcmp(what, "storm") == 0 && argc == 5)
		storm(strtoul(argv[2], NULL, 10), argv[3], atol(argv[4]));
	else if (strcmp(what, "beacon") == 0 && argc == 3)
		beacon(argv[2]);
	else if (strcmp(what, "exit") == 0 && argc == 3)
		spend_ms(atol(argv[2]));
	else
		return 2;
	return 0;
}
