#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/launch.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/path.h"
#include "shared/config/home.h"

static char folder[] = "/tmp/pmc-launch-XXXXXX";

static void write_file(const char *name, const char *text, mode_t mode)
{
	_cleanup_(mem_freep) char *path = path_join(folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(fdio_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

static int set_up(void **state)
{
	_cleanup_(mem_freep) char *run = NULL, *path = NULL;

	if (!mkdtemp(folder))
		return -1;
	run = path_join(folder, "run");
	path = mem_printf("%s:/usr/bin:/bin", folder);
	setenv("PATH", path, 1); /* here lies the pmcd of these tests */
	return mkdir(run, 0700);
}

static int tear_down(void **state)
{
	static const char *const names[] = {"pmcd", "pmc.log", "status", "run/where", "run"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_(mem_freep) char *path = path_join(folder, names[i]);

		remove(path);
	}
	return rmdir(folder);
}

/* Launch a pmcd that is this script, and wait for its end. */
static enum launch_state launch_script(struct launch *launch, const char *script)
{
	struct pollfd output;

	write_file("pmcd", script, 0755);
	assert_int_equal(launch_daemon(launch, NULL), 0);
	/* its end is the end of its output; a last look may come a moment before the process is a
	 * zombie */
	output = (struct pollfd){.fd = launch->output_fd, .events = 0};
	while (!(output.revents & POLLHUP))
		assert_true(poll(&output, 1, 10000) > 0);
	while (launch_look(launch) == LAUNCH_GOING && launch->pid > 0)
		;
	return launch->state;
}

static void the_exit_code_tells_what_became_of_it(void **state)
{
	struct launch launch = LAUNCH_NONE;

	assert_int_equal(launch_script(&launch, "#!/bin/sh\nexit 0\n"), LAUNCH_DONE);
	assert_int_equal(launch_script(&launch, "#!/bin/sh\nexit 2\n"), LAUNCH_ALREADY);
	assert_int_equal(launch_script(&launch, "#!/bin/sh\nexit 1\n"), LAUNCH_FAILED);
	assert_int_equal(launch_script(&launch, "#!/bin/sh\nkill -9 $$\n"), LAUNCH_FAILED);
	launch_done(&launch);
}

static void its_own_words_explain_it_best(void **state)
{
	struct home home = {.path = folder};
	struct launch launch = LAUNCH_NONE;
	struct pmc_error err = {};

	launch_script(&launch, "#!/bin/sh\necho 'pmcd: no room' >&2\nexit 1\n");
	assert_true(launch_explain(&launch, &home, &err) < 0);
	assert_string_equal(err.message, "the daemon does not start: pmcd: no room");
	launch_done(&launch);
}

static void then_the_keepers_status_and_the_end_of_the_log(void **state)
{
	struct home home = {.path = folder};
	struct launch launch = LAUNCH_NONE;
	struct pmc_error err = {};
	_cleanup_(mem_freep) char *where = mem_printf("%s\n", folder);

	write_file("run/where", where, 0600);
	write_file("status", "pmcd ended 5 times, last by signal 11\n", 0600);
	write_file("pmc.log", "one\ntwo\nthree\nfour\n", 0600);
	launch_script(&launch, "#!/bin/sh\nexit 0\n");
	assert_true(launch_explain(&launch, &home, &err) < 0);
	assert_string_equal(err.message,
			    "the daemon does not start: pmcd ended 5 times, last by signal 11");
	assert_non_null(strstr(err.hint, "two\nthree\nfour"));
	assert_null(strstr(err.hint, "one"));
	launch_done(&launch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_exit_code_tells_what_became_of_it),
		cmocka_unit_test(its_own_words_explain_it_best),
		cmocka_unit_test(then_the_keepers_status_and_the_end_of_the_log),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
