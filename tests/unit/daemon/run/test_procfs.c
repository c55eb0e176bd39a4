#include "daemon/run/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void a_name_may_hold_anything(void **state)
{
	static const char line[] = "7 (a) R 9 (b) S 1 2 3 0 -1 0 0 0 0 0 14 15 0 0 20 0 1 0 22 23 "
				   "24 0 0 0 0 0 0 0 0 0 0 "
				   "0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 256\n";
	struct procfs_stat stat;

	assert_int_equal(procfs_parse_stat(line, strlen(line), &stat), 0);
	assert_int_equal(stat.pid, 7);
	assert_string_equal(stat.comm, "a) R 9 (b");
	assert_int_equal(stat.state, 'S');
	assert_int_equal(stat.ppid, 1);
	assert_int_equal(stat.session, 3);
	assert_int_equal(stat.utime, 14);
	assert_int_equal(stat.stime, 15);
	assert_int_equal(stat.start_ticks, 22);
	assert_int_equal(stat.vsize_bytes, 23);
}

static void rubbish_is_refused(void **state)
{
	static const char *const lines[] = {
		"", "7", "7 (x", "7 (x)", "x (y) R 1", "7 (x) R 1 2 3", ") ( 7"};
	struct procfs_stat stat;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(procfs_parse_stat(lines[i], strlen(lines[i]), &stat), -EBADMSG);
}

static void we_find_ourselves(void **state)
{
	struct procfs_stat stat;

	assert_int_equal(procfs_read_stat(getpid(), &stat), 0);
	assert_int_equal(stat.pid, getpid());
	assert_int_equal(stat.ppid, getppid());
	assert_true(stat.start_ticks > 0);
	assert_true(stat.vsize_bytes > 0);
}

static void our_cpu_time_grows_with_what_we_do(void **state)
{
	uint64_t before_ns, after_ns, pages = 0;
	struct timespec now;

	assert_int_equal(procfs_usage(getpid(), &before_ns, &pages), 0);
	assert_true(pages > 0);
	do
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	while ((uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec < before_ns + 1000000);
	assert_int_equal(procfs_usage(getpid(), &after_ns, &pages), 0);
	assert_true(after_ns >= before_ns + 1000000);
}

static void nobody_is_esrch_not_unknown(void **state)
{
	struct procfs_stat stat;
	uint64_t cpu_ns, pages;

	assert_int_equal(procfs_read_stat(0x7ffffff0, &stat), -ESRCH);
	assert_int_equal(procfs_usage(0x7ffffff0, &cpu_ns, &pages), -ESRCH);
}

static void children_are_listed_while_they_live(void **state)
{
	pid_t made[40];
	int pids[64], fd;
	char path[64];

	for (int i = 0; i < 40; i++) {
		made[i] = fork();
		if (made[i] == 0) {
			pause();
			_exit(0);
		}
	}
	assert_int_equal(procfs_children(getpid(), pids, 64), 40);
	assert_int_equal(procfs_children(getpid(), pids, 3), 3);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", getpid(), getpid());
	fd = open(path, O_RDONLY);
	assert_int_equal(procfs_children_fd(fd, pids, 64), 40);
	assert_int_equal(pids[0], made[0]);
	for (int i = 0; i < 40; i++) {
		kill(made[i], SIGKILL);
		waitpid(made[i], NULL, 0);
	}
	assert_int_equal(procfs_children_fd(fd, pids, 64), 0);
	close(fd);
}

static void an_environment_is_searched_by_prefix(void **state)
{
	char value[32];
	int ready[2];
	pid_t child;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	child = fork();
	if (child == 0) {
		char *argv[] = {(char *)"sleep", (char *)"100", NULL};
		char *envp[] = {(char *)"A=1", (char *)"PMC_INSTANCE=abc.4.5", NULL};

		execve("/bin/sleep", argv, envp);
		_exit(127);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], value, 1), 0); /* end-of-file: exec happened */
	close(ready[0]);
	assert_int_equal(procfs_environ_find(child, "PMC_INSTANCE=abc.", value, sizeof(value)), 1);
	assert_string_equal(value, "4.5");
	assert_int_equal(procfs_environ_find(child, "PMC_INSTANCE=xyz.", value, sizeof(value)), 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void each_descriptor_of_ours_is_counted_once(void **state)
{
	int before = procfs_own_descriptors(), fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(procfs_own_descriptors(), before + 2);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(procfs_own_descriptors(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_may_hold_anything),
		cmocka_unit_test(rubbish_is_refused),
		cmocka_unit_test(we_find_ourselves),
		cmocka_unit_test(our_cpu_time_grows_with_what_we_do),
		cmocka_unit_test(nobody_is_esrch_not_unknown),
		cmocka_unit_test(children_are_listed_while_they_live),
		cmocka_unit_test(an_environment_is_searched_by_prefix),
		cmocka_unit_test(each_descriptor_of_ours_is_counted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
