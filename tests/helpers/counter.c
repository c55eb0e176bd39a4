/* counter: an app that writes numbered lines at a rate, and whose truth survives SIGKILL.
 *
 *   counter --name A [--rate 1000] [--total N] [--width 40] [--count FILE] [--err | --both]
 *           [--whole] [--die N]
 *
 * A line is "A 0000000001 xxx…" and `width` bytes long with its newline. FILE is mapped: eight
 * bytes, native order, how many lines write() has taken, whatever kills the process. A next life
 * goes on from there. After `total` lines it waits. */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define WIDTH_MAX 65536
#define TURN_NS 1000000L

struct plan {
	const char *name;
	uint64_t rate, total, die;
	size_t width;
	const char *count_path;
	int fd;
	int both, whole;
};

static uint64_t *map_count(const char *path)
{
	int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
	void *map;

	if (path && (fd < 0 || ftruncate(fd, sizeof(uint64_t)) < 0)) {
		perror(path);
		exit(2);
	}
	map = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE,
		   fd < 0 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		perror("mmap");
		exit(2);
	}
	return map;
}

static void write_line(const struct plan *plan, uint64_t number)
{
	static char line[WIDTH_MAX + 1];
	int fd = plan->both && number % 2 == 0 ? STDERR_FILENO : plan->fd;
	size_t done = 0;
	int head =
		snprintf(line, sizeof(line), "%s %010llu ", plan->name, (unsigned long long)number);

	if ((size_t)head < plan->width)
		memset(line + head, 'x', plan->width - (size_t)head);
	line[plan->width - 1] = '\n';
	while (done < plan->width) {
		ssize_t n = write(fd, line + done, plan->width - done);

		if (n < 0) {
			perror("counter: write");
			exit(3);
		}
		done += (size_t)n;
	}
}

static void hold_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(how, &set, NULL);
}

/* Between two lines: the place to die. */
static void end_of_line(const struct plan *plan, uint64_t lived)
{
	sigset_t pending;

	if (plan->die != 0 && lived >= plan->die)
		raise(SIGKILL);
	if (plan->whole && sigpending(&pending) == 0 &&
	    (sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM)))
		hold_signals(SIG_UNBLOCK);
}

static void write_lines(const struct plan *plan, uint64_t *count)
{
	struct timespec next;
	uint64_t owed = 0, first = *count;

	clock_gettime(CLOCK_MONOTONIC, &next);
	while (plan->total == 0 || *count < plan->total) {
		if (plan->rate != 0) {
			owed += plan->rate;
			next.tv_nsec += TURN_NS;
			next.tv_sec += next.tv_nsec / 1000000000L;
			next.tv_nsec %= 1000000000L;
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
			end_of_line(plan, 0);
		} else {
			owed = 1000;
		}
		for (; owed >= 1000 && (plan->total == 0 || *count < plan->total); owed -= 1000) {
			write_line(plan, *count + 1);
			++*count;
			end_of_line(plan, *count - first);
		}
	}
}

static void parse(int argc, char **argv, struct plan *plan)
{
	static const struct option options[] = {
		{"name", required_argument, NULL, 'n'},	 {"rate", required_argument, NULL, 'r'},
		{"total", required_argument, NULL, 't'}, {"width", required_argument, NULL, 'w'},
		{"count", required_argument, NULL, 'c'}, {"err", no_argument, NULL, 'e'},
		{"both", no_argument, NULL, 'b'},	 {"whole", no_argument, NULL, 'h'},
		{"die", required_argument, NULL, 'd'},	 {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'n':
			plan->name = optarg;
			break;
		case 'r':
			plan->rate = strtoull(optarg, NULL, 10);
			break;
		case 't':
			plan->total = strtoull(optarg, NULL, 10);
			break;
		case 'w':
			plan->width = strtoull(optarg, NULL, 10);
			break;
		case 'c':
			plan->count_path = optarg;
			break;
		case 'e':
			plan->fd = STDERR_FILENO;
			break;
		case 'b':
			plan->both = 1;
			break;
		case 'h':
			plan->whole = 1;
			break;
		case 'd':
			plan->die = strtoull(optarg, NULL, 10);
			break;
		default:
			exit(2);
		}
	}
	if (plan->width < strlen(plan->name) + 13 || plan->width > WIDTH_MAX) {
		fprintf(stderr, "counter: width out of range\n");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct plan plan = {.name = "line", .rate = 1000, .width = 40, .fd = STDOUT_FILENO};

	parse(argc, argv, &plan);
	if (plan.whole)
		hold_signals(SIG_BLOCK);
	write_lines(&plan, map_count(plan.count_path));
	hold_signals(SIG_UNBLOCK);
	for (;;)
		pause();
}
