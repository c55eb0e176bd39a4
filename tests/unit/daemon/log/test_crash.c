/* Engines that are killed at random moments, again and again, while apps write numbered lines; then
 * every line must be in its files exactly once. PMC_KILLS says how many (60 in ordinary runs),
 * PMC_SEED repeats a run. */
#include <fcntl.h>
#include <limits.h>
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
#include "numbered.h"
#include "rig.h"
#include "shared/base/fdio.h"
#include "shared/base/str.h"

enum { RAW, DATED, MERGED_A, MERGED_B, OUT, ERR, JSON, STREAMS };

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

static void check_all(const struct rig *rig, const struct numbered *numbered)
{
	static const struct {
		const char *name;
		enum numbered_format format;
		unsigned writers[2], count;
	} files[] = {
		{"raw", NUMBERED_PLAIN, {RAW}, 1},
		{"dated", NUMBERED_DATED, {DATED}, 1},
		{"merged", NUMBERED_PLAIN, {MERGED_A, MERGED_B}, 2},
		{"out", NUMBERED_DATED, {OUT}, 1},
		{"err", NUMBERED_PLAIN, {ERR}, 1},
		{"both", NUMBERED_MIXED, {OUT, ERR}, 2},
		{"json", NUMBERED_JSON, {JSON}, 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		numbered_check(numbered, rig_path(rig, files[i].name), files[i].format,
			       files[i].writers, files[i].count);
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
	struct numbered *numbered = numbered_create();
	pid_t writers[STREAMS], engine;

	print_message("# seed %u\n", seed);
	rig_setup(&rig);
	for (unsigned n = 0; n < STREAMS; n++)
		writers[n] = numbered_start_writer(numbered, rig.apps[n], n, UINT_MAX, seed + n);
	for (int i = 0; i < kills; i++) {
		engine = start_engine(&rig, false);
		let_it_run(engine,
			   1 + (int)(numbered_dice(&seed) % (numbered_dice(&seed) % 4 ? 40 : 120)));
		assert_int_equal(kill(engine, SIGKILL), 0);
		assert_int_equal(waitpid(engine, &status, 0), engine);
	}
	atomic_store(&numbered->stop, true);
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
	check_all(&rig, numbered);
	for (int n = 0; n < STREAMS; n++)
		print_message("# stream %d: %u lines\n", n, atomic_load(&numbered->written[n]));
	rig_teardown(&rig);
	numbered_destroy(numbered);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_line_is_lost_or_doubled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
