/* Engines that are killed at random moments, again and again, while apps write numbered lines; then
 * every line must be in its files exactly once. PMC_KILLS says how many (60 in ordinary runs),
 * PMC_SEED repeats a run. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/log/log.h"
#include "rig.h"
#include "shared/base/fdio.h"
#include "shared/base/str.h"

enum { RAW, DATED, MERGED_A, MERGED_B, OUT, ERR, JSON, STREAMS };

struct shared {
	atomic_bool stop;
	atomic_uint written[STREAMS]; /* lines each writer managed to write */
};

static uint32_t dice(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* In pieces that end anywhere, as a program without line buffering does. */
static void write_in_pieces(int fd, const char *text, size_t len, uint32_t *seed)
{
	while (len > 0) {
		size_t piece = dice(seed) % 4 ? len : 1 + dice(seed) % len;

		if (fdio_write_all(fd, text, piece) < 0)
			_exit(1);
		text += piece;
		len -= piece;
	}
}

static void writer(int fd, int n, struct shared *shared, uint32_t seed)
{
	char line[512];

	prctl(PR_SET_PDEATHSIG, SIGKILL); /* if the test fails */
	for (unsigned number = 0; !atomic_load(&shared->stop); number++) {
		int fill = (int)(dice(&seed) % (dice(&seed) % 8 ? 60 : 400));
		int len = snprintf(line, sizeof(line), "%d %u %.*s;\n", n, number, fill,
				   "---------------------------------------------------------------"
				   "----------------"
				   "---------------------------------------------------------------"
				   "----------------"
				   "---------------------------------------------------------------"
				   "----------------"
				   "---------------------------------------------------------------"
				   "----------------"
				   "---------------------------------------------------------------"
				   "----------------");

		write_in_pieces(fd, line, (size_t)len, &seed);
		atomic_store(&shared->written[n], number + 1);
		if (dice(&seed) % 64 == 0)
			poll(NULL, 0, (int)(dice(&seed) % 4)); /* an app has its pauses */
	}
	_exit(0);
}

static void open_all(struct rig *rig)
{
	struct log_config config[STREAMS];
	const char *names[STREAMS] = {"raw", "dated", "merged", "merged", "out", "err", "json"};

	for (int n = 0; n < STREAMS; n++)
		config[n] = rig_config(rig, names[n]);
	for (int n = 0; n < STREAMS; n++)
		config[n].path[0] = mem_printf("%s/%s", rig->dir, names[n]);
	config[DATED].date_format = "[at] HH:mm:ss.SSS";
	config[MERGED_A].shared = config[MERGED_B].shared = true;
	config[OUT].path[1] = config[ERR].path[1] = mem_printf("%s/both", rig->dir);
	config[OUT].date_format = "[at] X";
	config[JSON].json = true;
	config[JSON].app = "a \"name\"";
	for (int n = 0; n < STREAMS; n++)
		rig_open(rig, n, &config[n]);
}

static pid_t start_engine(struct rig *rig, bool last)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	rig_engine_start(rig);
	open_all(rig);
	for (int n = 0; last && n < STREAMS; n++)
		rig_drain(rig, n);
	if (last)
		_exit(0);
	uv_run(&rig->loop, UV_RUN_DEFAULT);
	_exit(1);
}

/* "at …: " in front where a time belongs, then "n number ---;" */
static const char *check_line(const char *line, bool dated, unsigned next[STREAMS])
{
	unsigned n, number;
	int end = 0;

	if (dated) {
		const char *colon = strstr(line, ": ");

		if (strncmp(line, "at ", 3) != 0 || !colon)
			return "has no time";
		line = colon + 2;
	}
	if (sscanf(line, "%u %u %*[-]%n", &n, &number, &end) < 2 || n >= STREAMS)
		return "is not a line";
	if (strcspn(line, ";") + 1 != strlen(line))
		return "is not whole";
	if (number != next[n])
		return number < next[n] ? "is there twice" : "comes too early";
	next[n]++;
	return NULL;
}

static const char *json_message(char *line)
{
	char *end = strstr(line, "\",\"timestamp\":");

	if (strncmp(line, "{\"message\":\"", 12) != 0 || !end)
		return "";
	*end = '\0';
	return line + 12;
}

static void check_file(struct rig *rig, const char *name, const int *streams, int count,
		       struct shared *shared)
{
	_cleanup_(str_done) struct str content = {};
	unsigned next[STREAMS] = {0};
	char *line, *rest = NULL;
	bool json = strcmp(name, "json") == 0;

	rig_read(rig_path(rig, name), &content);
	assert_true(content.len > 0 && content.data[content.len - 1] == '\n');
	for (line = strtok_r(content.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		bool dated = strcmp(name, "dated") == 0 || strcmp(name, "out") == 0 ||
			     (strcmp(name, "both") == 0 && line[0] == 'a');
		const char *wrong = check_line(json ? json_message(line) : line, dated, next);

		if (wrong)
			fail_msg("%s: line '%s' %s (next %u)", name, line, wrong, next[streams[0]]);
	}
	for (int i = 0; i < count; i++)
		assert_int_equal(next[streams[i]], atomic_load(&shared->written[streams[i]]));
}

static void check_all(struct rig *rig, struct shared *shared)
{
	check_file(rig, "raw", (int[]){RAW}, 1, shared);
	check_file(rig, "dated", (int[]){DATED}, 1, shared);
	check_file(rig, "merged", (int[]){MERGED_A, MERGED_B}, 2, shared);
	check_file(rig, "out", (int[]){OUT}, 1, shared);
	check_file(rig, "err", (int[]){ERR}, 1, shared);
	check_file(rig, "both", (int[]){OUT, ERR}, 2, shared);
	check_file(rig, "json", (int[]){JSON}, 1, shared);
}

/* Wait at most so long for the engine to end by itself, which it must not. */
static void let_it_run(pid_t engine, int ms)
{
	int pidfd = (int)syscall(SYS_pidfd_open, engine, 0);
	struct pollfd ended = {.fd = pidfd, .events = POLLIN};

	assert_true(pidfd >= 0);
	assert_int_equal(poll(&ended, 1, ms), 0);
	close(pidfd);
}

static void no_line_is_lost_or_doubled(void **state)
{
	static struct rig rig;
	const char *kills_text = getenv("PMC_KILLS"), *seed_text = getenv("PMC_SEED");
	int kills = kills_text ? atoi(kills_text) : 60, status;
	uint32_t seed = seed_text ? (uint32_t)strtoul(seed_text, NULL, 10) : (uint32_t)getpid();
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t writers[STREAMS], engine;

	print_message("# seed %u\n", seed);
	rig_setup(&rig);
	for (int n = 0; n < STREAMS; n++) {
		writers[n] = fork();
		if (writers[n] == 0)
			writer(rig.apps[n], n, shared, seed + (uint32_t)n);
	}
	for (int i = 0; i < kills; i++) {
		engine = start_engine(&rig, false);
		let_it_run(engine, 1 + (int)(dice(&seed) % (dice(&seed) % 4 ? 40 : 120)));
		assert_int_equal(kill(engine, SIGKILL), 0);
		assert_int_equal(waitpid(engine, &status, 0), engine);
	}
	atomic_store(&shared->stop, true);
	engine = start_engine(&rig, false); /* so that no writer waits for room */
	for (int n = 0; n < STREAMS; n++) {
		assert_int_equal(waitpid(writers[n], &status, 0), writers[n]);
		assert_int_equal(status, 0);
	}
	kill(engine, SIGKILL);
	waitpid(engine, &status, 0);
	engine = start_engine(&rig, true);
	assert_int_equal(waitpid(engine, &status, 0), engine);
	assert_int_equal(status, 0);
	check_all(&rig, shared);
	for (int n = 0; n < STREAMS; n++)
		print_message("# stream %d: %u lines\n", n, atomic_load(&shared->written[n]));
	rig_teardown(&rig);
	munmap(shared, sizeof(*shared));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_line_is_lost_or_doubled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
