#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/child.h"
#include "shared/base/clock.h"
#include "shared/base/str.h"

/* A shell only here: it is what a test can say in a line. */
static int run(const char *script, int stdin_fd, struct str *answer, struct child_end *end)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	const struct child_request request = {.path = "/bin/sh",
					      .argv = argv,
					      .stdin_fd = stdin_fd,
					      .time_max_ms = 5000,
					      .answer_max_bytes = 100};

	return child_run(&request, answer, end);
}

/* `exit_code` -1: ended by a signal. */
static void gives(const char *script, const char *expected, int exit_code)
{
	_cleanup_(str_done) struct str answer = {};
	struct child_end end = {};

	assert_int_equal(run(script, -1, &answer, &end), 0);
	assert_string_equal(str_cstr(&answer), expected);
	assert_int_equal(WIFEXITED(end.status) ? WEXITSTATUS(end.status) : -1, exit_code);
}

static void the_answer_comes_on_a_descriptor_of_its_own(void **state)
{
	gives("echo this goes to stderr; printf hello >&3; exit 0", "hello", 0);
	gives("printf hello >&3; exec 3>&-; kill -9 $$", "hello", -1);
}

static void a_program_that_ends_without_an_answer_keeps_its_exit_code(void **state)
{
	gives("exit 3", "", 3);
}

static void what_goes_on_after_its_answer_is_killed(void **state)
{
	_cleanup_(str_done) struct str answer = {};
	struct child_end end = {};

	assert_int_equal(run("echo $$ >&3; while :; do :; done", -1, &answer, &end), 0);
	assert_true(WIFSIGNALED(end.status));
	assert_int_equal(kill((pid_t)strtol(answer.data, NULL, 10), 0), -1);
	assert_int_equal(errno, ESRCH);
}

static void stdin_is_what_the_caller_gives_or_nothing(void **state)
{
	_cleanup_(str_done) struct str answer = {};
	struct child_end end = {};
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_int_equal(write(fd, "text", 4), 4);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(run("cat >&3", fd, &answer, &end), 0);
	assert_string_equal(str_cstr(&answer), "text");
	close(fd);
	gives("cat >&3", "", 0);
}

static void nothing_else_is_inherited(void **state)
{
	gives("for fd in 4 5 6 7 8 9; do test -e /proc/self/fd/$fd && exit 9; done; "
	      "printf ok >&3; exit 0",
	      "ok", 0);
}

static void a_program_that_does_not_end_is_killed_with_all_its_children(void **state)
{
	const char *const argv[] = {"sh", "-c", "sleep 1000 & wait", NULL};
	const struct child_request request = {.path = "/bin/sh",
					      .argv = argv,
					      .stdin_fd = -1,
					      .time_max_ms = 50,
					      .answer_max_bytes = 100};
	_cleanup_(str_done) struct str answer = {};
	struct child_end end = {};
	int64_t begun_ms = clock_now_ms();

	assert_int_equal(child_run(&request, &answer, &end), -ETIMEDOUT);
	assert_true(clock_now_ms() - begun_ms >= 50);
	assert_true(WIFSIGNALED(end.status));
	assert_int_equal(WTERMSIG(end.status), SIGKILL);
}

static void an_answer_over_the_limit_is_refused(void **state)
{
	_cleanup_(str_done) struct str answer = {};
	struct child_end end = {};

	assert_int_equal(run("while :; do printf 0123456789 >&3; done", -1, &answer, &end), -EFBIG);
}

static void a_program_that_cannot_be_executed_is_an_error_of_its_own(void **state)
{
	const char *const argv[] = {"x", NULL};
	struct child_request request = {
		.path = "/nonexistent/x", .argv = argv, .stdin_fd = -1, .time_max_ms = 1000};
	_cleanup_(str_done) struct str answer = {};
	struct child_end end = {};

	assert_int_equal(child_run(&request, &answer, &end), -ENOENT);
	request.path = "/etc/passwd";
	assert_int_equal(child_run(&request, &answer, &end), -EACCES);
}

static void programs_are_found_in_path(void **state)
{
	_cleanup_(mem_freep) char *sh = child_find("sh");

	assert_non_null(sh);
	assert_int_equal(access(sh, X_OK), 0);
	assert_null(child_find("no-such-program-anywhere"));
	assert_int_equal(setenv("PATH", "/nonexistent", 1), 0);
	assert_null(child_find("sh"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_answer_comes_on_a_descriptor_of_its_own),
		cmocka_unit_test(a_program_that_ends_without_an_answer_keeps_its_exit_code),
		cmocka_unit_test(what_goes_on_after_its_answer_is_killed),
		cmocka_unit_test(stdin_is_what_the_caller_gives_or_nothing),
		cmocka_unit_test(nothing_else_is_inherited),
		cmocka_unit_test(a_program_that_does_not_end_is_killed_with_all_its_children),
		cmocka_unit_test(an_answer_over_the_limit_is_refused),
		cmocka_unit_test(a_program_that_cannot_be_executed_is_an_error_of_its_own),
		cmocka_unit_test(programs_are_found_in_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
