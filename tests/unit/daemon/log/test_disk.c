/* A full disk: a small tmpfs of the test's own, in a mount namespace of its own. Needs root;
 * skipped with a reason otherwise. */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/bus/event.h"
#include "numbered.h"
#include "rig.h"
#include "shared/base/fdio.h"
#include "tests/unit/skip.h"

#define DISK "full"
#define KILLS 8

static int setup(void **state)
{
	static struct rig rig;

	rig_setup(&rig);
	*state = &rig;
	if (mkdir(rig_path(&rig, DISK), 0700) < 0)
		return -1;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", rig_path(&rig, DISK), "tmpfs", 0, "size=8m,mode=700") < 0) {
		rig_teardown(&rig);
		*state = NULL;
	}
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	if (!rig)
		return 0;
	umount2(rig_path(rig, DISK), MNT_DETACH);
	rig_teardown(rig);
	return 0;
}

/* Leave so much room on the disk. */
static void fill_disk(const struct rig *rig, size_t room)
{
	static char block[4096];
	int fd = open(rig_path(rig, DISK "/filler"), O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	for (size_t done = 0; done < (8u << 20) - room; done += sizeof(block))
		assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	close(fd);
}

static void free_disk(const struct rig *rig)
{
	assert_int_equal(unlink(rig_path(rig, DISK "/filler")), 0);
}

static void open_two(struct rig *rig)
{
	struct log_config raw = rig_config(rig, DISK "/raw"),
			  dated = rig_config(rig, DISK "/dated");

	dated.date_format = "[at] X";
	rig_open(rig, 0, &raw);
	rig_open(rig, 1, &dated);
}

/* An engine that says by its exit that both logs are stalled; `until` 0: that both are drained. */
static pid_t start_engine(struct rig *rig, int stalls)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	rig_engine_start(rig);
	open_two(rig);
	rig_wait_notice(rig, EVENT_LOG_STALLED, stalls);
	for (int n = 0; stalls == 0 && n < 2; n++)
		rig_drain(rig, n);
	kill(getpid(), SIGKILL); /* in the middle of whatever its thread does */
	_exit(1);
}

static void wait_child(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
}

static void engines_killed_while_the_disk_is_full_lose_nothing(void **state)
{
	struct rig *rig = *state;
	struct numbered *numbered;
	pid_t writers[2], engine;

	if (!rig)
		SKIP_BECAUSE("a tmpfs of our own needs root");
	numbered = numbered_create();
	fill_disk(rig, 256 << 10);
	for (unsigned n = 0; n < 2; n++)
		writers[n] = numbered_start_writer(numbered, rig->apps[n], n, 20000, 7 + n);
	for (int i = 0; i < KILLS; i++)
		wait_child(start_engine(rig, 2));
	free_disk(rig);
	engine = fork();
	if (engine == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		rig_engine_start(rig);
		open_two(rig);
		uv_run(&rig->loop, UV_RUN_DEFAULT);
	}
	wait_child(writers[0]);
	wait_child(writers[1]);
	kill(engine, SIGKILL);
	wait_child(engine);
	wait_child(start_engine(rig, 0));
	numbered_check(numbered, rig_path(rig, DISK "/raw"), NUMBERED_PLAIN, (unsigned[]){0}, 1);
	numbered_check(numbered, rig_path(rig, DISK "/dated"), NUMBERED_DATED, (unsigned[]){1}, 1);
	assert_int_equal(numbered->written[0], 20000);
	numbered_destroy(numbered);
}

static void a_stall_is_told_once_and_so_is_its_end(void **state)
{
	struct rig *rig = *state;
	_cleanup_(str_done) struct str block = {};
	struct stat st;

	if (!rig)
		SKIP_BECAUSE("a tmpfs of our own needs root");
	fill_disk(rig, 128 << 10);
	rig_engine_start(rig);
	open_two(rig);
	str_append_repeat(&block, 'x', 150000);
	rig_say_bytes(rig, 0, block.data, block.len);
	rig_wait_notice(rig, EVENT_LOG_STALLED, 1);
	assert_non_null(
		strstr(rig_last_notice(rig, EVENT_LOG_STALLED), "raw: no space left on device"));
	free_disk(rig);
	rig_wait_notice(rig, EVENT_LOG_RESUMED, 1);
	rig_drain(rig, 0);
	assert_int_equal(stat(rig_path(rig, DISK "/raw"), &st), 0);
	assert_int_equal(st.st_size, 150001);
	assert_int_equal(rig_count_notices(rig, EVENT_LOG_STALLED), 1);
	assert_int_equal(rig_count_notices(rig, EVENT_LOG_RESUMED), 1);
	rig_engine_stop(rig);
}

static void flushing_a_log_makes_room(void **state)
{
	struct rig *rig = *state;
	_cleanup_(str_done) struct str block = {}, content = {};

	if (!rig)
		SKIP_BECAUSE("a tmpfs of our own needs root");
	fill_disk(rig, 128 << 10);
	rig_engine_start(rig);
	open_two(rig);
	for (int i = 0; i < 8000; i++)
		str_append(&block, "0123456\n");
	rig_say_bytes(rig, 1, block.data, block.len);
	rig_wait_notice(rig, EVENT_LOG_STALLED, 1);
	rig_flush(rig, rig_path(rig, DISK "/dated"));
	rig_drain(rig, 1);
	rig_wait_notice(rig, EVENT_LOG_RESUMED, 1);
	rig_read(rig_path(rig, DISK "/dated"), &content);
	assert_true(content.len > 0 && str_ends(content.data, ": 0123456\n"));
	rig_engine_stop(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(engines_killed_while_the_disk_is_full_lose_nothing,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_stall_is_told_once_and_so_is_its_end, setup,
						teardown),
		cmocka_unit_test_setup_teardown(flushing_a_log_makes_room, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
