/* bare: the least C program that does what a figure measures, and apps for the measuring.
 *
 *   bare client SOCKET N            N times: connect, hello, daemon.ping, read the answer; median
 * in ms bare spawn N PROGRAM            fork and exec N copies; ms until all are executed, ms until
 * all are stopped bare respawn N PROGRAM          N times: SIGKILL, reap, fork, exec; median in ms
 *   bare pump splice|copy FILE TOTAL CHUNK    a child writes, we move its pipe into FILE; seconds
 * and CPU seconds bare write FILE TOTAL CHUNK     an app: waits for FILE, then writes TOTAL bytes
 * in lines of CHUNK, then waits for ever bare wait                       an app that waits; bare
 * exit MS: one that ends after so long */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIPE_BYTES (256 << 10)

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void spend_ms(long ms)
{
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) != 0)
		continue;
}

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	printf("%.3f\n", values[count / 2]);
}

/* ---- client ---- */

static void read_line(int fd, char *buffer, size_t size)
{
	size_t len = 0;

	do {
		ssize_t n = read(fd, buffer + len, size - len);

		if (n <= 0 || (len += (size_t)n) == size)
			die("read");
	} while (buffer[len - 1] != '\n');
}

static void ask_once(const char *path)
{
	static const char hello[] = "{\"hello\":{\"protocol\":[1,0],\"version\":\"bare\"}}\n";
	static const char ping[] = "{\"id\":1,\"method\":\"daemon.ping\",\"params\":{}}\n";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char answer[65536];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(path);
	if (write(fd, hello, sizeof(hello) - 1) < 0)
		die("write");
	read_line(fd, answer, sizeof(answer));
	if (write(fd, ping, sizeof(ping) - 1) < 0)
		die("write");
	read_line(fd, answer, sizeof(answer));
	close(fd);
}

static void client(const char *path, size_t count)
{
	double *values = calloc(count, sizeof(*values));

	for (size_t i = 0; values && i < count; i++) {
		double begun = now_ms();

		ask_once(path);
		values[i] = now_ms() - begun;
	}
	print_median(values, count);
	free(values);
}

/* ---- processes ---- */

/* The child's exec closes its copies of close-on-exec descriptors: so the caller sees it. */
static pid_t spawn(const char *program)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	setsid();
	execl(program, program, "wait", (char *)NULL);
	_exit(127);
}

static void spawn_many(size_t count, const char *program)
{
	pid_t *pids = calloc(count, sizeof(*pids));
	int report[2];
	char byte;
	double begun, running;

	if (!pids || pipe2(report, O_CLOEXEC) < 0)
		die("pipe");
	begun = now_ms();
	for (size_t i = 0; i < count; i++)
		pids[i] = spawn(program);
	close(report[1]);
	if (read(report[0], &byte, 1) != 0)
		die("exec");
	running = now_ms();
	for (size_t i = 0; i < count; i++)
		kill(pids[i], SIGINT);
	for (size_t i = 0; i < count; i++)
		waitpid(pids[i], NULL, 0);
	printf("%.3f %.3f\n", running - begun, now_ms() - running);
	free(pids);
}

static pid_t spawn_and_wait(const char *program)
{
	int report[2];
	char byte;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) < 0)
		die("pipe");
	pid = spawn(program);
	close(report[1]);
	if (read(report[0], &byte, 1) != 0)
		die("exec");
	close(report[0]);
	return pid;
}

static void respawn(size_t count, const char *program)
{
	double *values = calloc(count, sizeof(*values));
	pid_t pid = spawn_and_wait(program);

	for (size_t i = 0; values && i < count; i++) {
		double begun = now_ms();

		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		pid = spawn_and_wait(program);
		values[i] = now_ms() - begun;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	print_median(values, count);
	free(values);
}

/* ---- bytes ---- */

static void write_lines(uint64_t total, size_t chunk)
{
	char *line = malloc(chunk);

	if (!line)
		die("malloc");
	memset(line, 'x', chunk);
	line[chunk - 1] = '\n';
	for (uint64_t done = 0; done < total;) {
		ssize_t n = write(STDOUT_FILENO, line, chunk);

		if (n < 0)
			die("write");
		done += (uint64_t)n;
	}
	free(line);
}

static int64_t move_splice(int from, int to)
{
	return splice(from, NULL, to, NULL, PIPE_BYTES, SPLICE_F_MOVE);
}

static int64_t move_copy(int from, int to)
{
	static char buffer[PIPE_BYTES];
	ssize_t n = read(from, buffer, sizeof(buffer));

	for (ssize_t done = 0; done < n;) {
		ssize_t w = write(to, buffer + done, (size_t)(n - done));

		if (w < 0)
			return -1;
		done += w;
	}
	return n;
}

static void pump(int64_t (*move)(int, int), const char *path, uint64_t total, size_t chunk)
{
	struct rusage usage;
	int ends[2], file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	double begun;
	int64_t n;

	if (file < 0 || pipe2(ends, O_CLOEXEC) < 0)
		die(path);
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
	begun = now_ms();
	if (fork() == 0) {
		dup2(ends[1], STDOUT_FILENO);
		write_lines(total, chunk);
		_exit(0);
	}
	close(ends[1]);
	while ((n = move(ends[0], file)) > 0)
		continue;
	if (n < 0)
		die("pump");
	getrusage(RUSAGE_SELF, &usage);
	printf("%.3f %.3f\n", (now_ms() - begun) / 1e3,
	       (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
	wait(NULL);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "client") == 0 && argc == 4) {
		client(argv[2], strtoul(argv[3], NULL, 10));
	} else if (strcmp(what, "spawn") == 0 && argc == 4) {
		spawn_many(strtoul(argv[2], NULL, 10), argv[3]);
	} else if (strcmp(what, "respawn") == 0 && argc == 4) {
		respawn(strtoul(argv[2], NULL, 10), argv[3]);
	} else if (strcmp(what, "pump") == 0 && argc == 6) {
		pump(strcmp(argv[2], "splice") == 0 ? move_splice : move_copy, argv[3],
		     strtoull(argv[4], NULL, 10), strtoul(argv[5], NULL, 10));
	} else if (strcmp(what, "write") == 0 && argc == 5) {
		while (access(argv[2], F_OK) < 0)
			spend_ms(1);
		write_lines(strtoull(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
		for (;;)
			pause();
	} else if (strcmp(what, "wait") == 0) {
		for (;;)
			pause();
	} else if (strcmp(what, "exit") == 0 && argc == 3) {
		spend_ms(atol(argv[2]));
	} else {
		return 2;
	}
	return 0;
}
