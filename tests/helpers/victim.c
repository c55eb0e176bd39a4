/* victim: an app that misbehaves on cue. Its arguments are done in their order, then it waits for
 * ever.
 *
 *   --say TEXT, --err TEXT     a line on stdout, stderr
 *   --half TEXT                the same without a newline
 *   --ignore                   SIGINT and SIGTERM are ignored; --count-signals FILE: counted in
 * FILE, a byte each
 *   --wait-file PATH           until the file exists
 *   --after MS                 spend the time
 *   --exit CODE                end; --kill SIGNAL: end by this signal (a number)
 *   --listen PORT              hold a listening socket on 127.0.0.1; children inherit it
 *   --children N               N children that wait
 *   --daemonize N              N descendants, double-forked, each in a session of its own
 *   --clearenv N               the same, and executed again with an empty environment
 *   --chain N                  N chains of descendants; each link lives some milliseconds in a
 * session of its own
 *   --orphans N                N descendants that end at once, after their parent
 *   --close-stdout             no stdout any more; --hand-over: a descendant writes a line each 10
 * ms, stdout closed here
 *   --leak MIB                 take memory and touch it
 *   --bomb                     it and all its descendants fork without end
 *   --become-root              of a set-uid copy: its own user is root from now on */
#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int signals_fd = -1;

static void spend_ms(long ms)
{
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) != 0)
		continue;
}

static void wait_for_ever(void)
{
	for (;;)
		pause();
}

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void print(int fd, const char *text, const char *end)
{
	dprintf(fd, "%s%s", text, end);
}

static void on_signal(int number)
{
	char byte = (char)number;

	if (write(signals_fd, &byte, 1) < 0)
		_exit(2);
}

static void count_signals(const char *path)
{
	signals_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (signals_fd < 0)
		die(path);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
}

static void listen_on(const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((unsigned short)atoi(port)),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0)
		die("victim: listen");
}

static void make_children(int count)
{
	for (int i = 0; i < count; i++)
		if (fork() == 0)
			wait_for_ever();
}

/* Double fork and a new session; the descendant returns 1, the caller 0. */
static int escape(void)
{
	pid_t child = fork();

	if (child > 0) {
		waitpid(child, NULL, 0);
		return 0;
	}
	setsid();
	if (fork() != 0)
		_exit(0);
	return 1;
}

static void daemonize(int count, int clear)
{
	char *const arguments[] = {"victim-stray", NULL};
	char *const nothing[] = {NULL};

	for (int i = 0; i < count; i++) {
		if (!escape())
			continue;
		if (clear)
			execve("/proc/self/exe", arguments, nothing);
		wait_for_ever();
	}
}

static void chain(int count)
{
	for (int i = 0; i < count; i++) {
		if (fork() != 0)
			continue;
		for (;;) {
			if (fork() != 0)
				_exit(0);
			setsid();
			spend_ms(1 + getpid() % 3);
		}
	}
}

static void orphans(int count)
{
	for (int i = 0; i < count; i++)
		if (escape())
			_exit(0);
}

static void hand_over(void)
{
	if (escape())
		for (int i = 1;; i++) {
			dprintf(STDOUT_FILENO, "handed over %d\n", i);
			spend_ms(10);
		}
	close(STDOUT_FILENO);
}

static void leak(int mib)
{
	size_t size = (size_t)mib << 20;
	char *memory = malloc(size);

	if (!memory)
		die("victim: leak");
	memset(memory, 1, size);
}

/* Who may not fork any more tries again: there is room when another one is killed. */
static void bomb(void)
{
	for (;;) {
		if (fork() < 0)
			spend_ms(1);
	}
}

static void become_root(void)
{
	if (setresuid(0, 0, 0) < 0)
		die("victim: setresuid");
}

static void wait_file(const char *path)
{
	while (access(path, F_OK) < 0)
		spend_ms(1);
}

static void end_by(int number)
{
	signal(number, SIG_DFL);
	raise(number);
}

enum action {
	SAY,
	ERR,
	HALF,
	IGNORE,
	COUNT_SIGNALS,
	WAIT_FILE,
	AFTER,
	EXIT,
	KILL,
	LISTEN,
	CHILDREN,
	DAEMONIZE,
	CLEARENV,
	CHAIN,
	ORPHANS,
	CLOSE_STDOUT,
	HAND_OVER,
	LEAK,
	BOMB,
	BECOME_ROOT,
	BAD = '?',
};

static const struct option options[] = {
	{"say", required_argument, NULL, SAY},
	{"err", required_argument, NULL, ERR},
	{"half", required_argument, NULL, HALF},
	{"ignore", no_argument, NULL, IGNORE},
	{"count-signals", required_argument, NULL, COUNT_SIGNALS},
	{"wait-file", required_argument, NULL, WAIT_FILE},
	{"after", required_argument, NULL, AFTER},
	{"exit", required_argument, NULL, EXIT},
	{"kill", required_argument, NULL, KILL},
	{"listen", required_argument, NULL, LISTEN},
	{"children", required_argument, NULL, CHILDREN},
	{"daemonize", required_argument, NULL, DAEMONIZE},
	{"clearenv", required_argument, NULL, CLEARENV},
	{"chain", required_argument, NULL, CHAIN},
	{"orphans", required_argument, NULL, ORPHANS},
	{"close-stdout", no_argument, NULL, CLOSE_STDOUT},
	{"hand-over", no_argument, NULL, HAND_OVER},
	{"leak", required_argument, NULL, LEAK},
	{"bomb", no_argument, NULL, BOMB},
	{"become-root", no_argument, NULL, BECOME_ROOT},
	{NULL, 0, NULL, 0},
};

static void act(enum action action, const char *value)
{
	int number = value ? atoi(value) : 0;

	switch (action) {
	case SAY:
		print(STDOUT_FILENO, value, "\n");
		break;
	case ERR:
		print(STDERR_FILENO, value, "\n");
		break;
	case HALF:
		print(STDOUT_FILENO, value, "");
		break;
	case IGNORE:
		signal(SIGINT, SIG_IGN);
		signal(SIGTERM, SIG_IGN);
		break;
	case COUNT_SIGNALS:
		count_signals(value);
		break;
	case WAIT_FILE:
		wait_file(value);
		break;
	case AFTER:
		spend_ms(number);
		break;
	case EXIT:
		exit(number);
	case KILL:
		end_by(number);
		break;
	case LISTEN:
		listen_on(value);
		break;
	case CHILDREN:
		make_children(number);
		break;
	case DAEMONIZE:
		daemonize(number, 0);
		break;
	case CLEARENV:
		daemonize(number, 1);
		break;
	case CHAIN:
		chain(number);
		break;
	case ORPHANS:
		orphans(number);
		break;
	case CLOSE_STDOUT:
		close(STDOUT_FILENO);
		break;
	case HAND_OVER:
		hand_over();
		break;
	case LEAK:
		leak(number);
		break;
	case BOMB:
		bomb();
		break;
	case BECOME_ROOT:
		become_root();
		break;
	case BAD:
		exit(2);
	}
}

int main(int argc, char **argv)
{
	int action;

	while ((action = getopt_long(argc, argv, "", options, NULL)) != -1)
		act((enum action)action, optarg);
	wait_for_ever();
}
