#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/log/log.h"

static void the_apps_side_blocks_and_ours_does_not(void **state)
{
	int ours, apps;
	char buf[4];

	assert_int_equal(log_pipe(0, &ours, &apps, NULL), 0);
	assert_int_equal(fcntl(ours, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR | O_NONBLOCK);
	assert_int_equal(fcntl(apps, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR);
	assert_true(fcntl(ours, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(apps, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(apps, "x", 1), 1);
	assert_int_equal(read(ours, buf, sizeof(buf)), 1);
	assert_int_equal(read(ours, buf, sizeof(buf)), -1);
	assert_int_equal(errno, EAGAIN);
	close(ours);
	assert_int_equal(write(apps, "x", 1),
			 1); /* no SIGPIPE: the app's own descriptor can read */
	close(apps);
}

static void the_next_life_gets_the_same_pipe(void **state)
{
	int ours, apps, again;
	char buf[4];

	assert_int_equal(log_pipe(0, &ours, &apps, NULL), 0);
	assert_int_equal(write(apps, "a", 1), 1);
	close(apps);
	assert_int_equal(log_pipe_reopen(ours, &again), 0);
	assert_int_equal(write(again, "b", 1), 1);
	assert_int_equal(read(ours, buf, sizeof(buf)), 2);
	assert_int_equal(log_pipe_reopen(-1, &apps), -ENOENT);
	close(ours);
	close(again);
}

static void many_pipes_stay_small(void **state)
{
	int ours, apps;

	assert_int_equal(log_pipe(1000, &ours, &apps, NULL), 0);
	assert_in_range(fcntl(ours, F_GETPIPE_SZ), 4096, 65536);
	close(ours);
	close(apps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_apps_side_blocks_and_ours_does_not),
		cmocka_unit_test(the_next_life_gets_the_same_pipe),
		cmocka_unit_test(many_pipes_stay_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
