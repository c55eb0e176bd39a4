#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/fdio.h"
#include "shared/base/log.h"

static int pipe_fds[2];

static int open_pipe(void **state)
{
	return pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK);
}

static int close_pipe(void **state)
{
	log_setup(STDERR_FILENO, LOG_STYLE_TERMINAL, LOG_LEVEL_INFO);
	fdio_closep(&pipe_fds[0]);
	fdio_closep(&pipe_fds[1]);
	return 0;
}

static void assert_written(const char *expected_regex)
{
	char line[4096];
	ssize_t n = read(pipe_fds[0], line, sizeof(line) - 1);
	regex_t regex;

	line[n > 0 ? n : 0] = '\0';
	assert_int_equal(regcomp(&regex, expected_regex, REG_EXTENDED | REG_NOSUB), 0);
	if (regexec(&regex, line, 0, NULL, 0) != 0)
		fail_msg("'%s' does not look like %s", line, expected_regex);
	regfree(&regex);
}

static void a_line_of_the_file_has_time_level_and_process(void **state)
{
	log_setup(pipe_fds[1], LOG_STYLE_FILE, LOG_LEVEL_INFO);
	log_warning("disk is %d%% full", 99);
	assert_written("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3} warning "
		       "test_log\\[[0-9]+\\]: disk is 99% full\n$");
}

static void the_journal_reads_a_priority(void **state)
{
	log_setup(pipe_fds[1], LOG_STYLE_JOURNAL, LOG_LEVEL_DEBUG);
	log_error("e");
	assert_written("^<3>e\n$");
	log_warning("w");
	assert_written("^<4>w\n$");
	log_info("i");
	assert_written("^<6>i\n$");
	log_debug("d");
	assert_written("^<7>d\n$");
}

static void a_person_reads_who_and_what(void **state)
{
	log_setup(pipe_fds[1], LOG_STYLE_TERMINAL, LOG_LEVEL_INFO);
	log_info("ready");
	assert_written("^test_log: ready\n$");
	log_error("no room");
	assert_written("^test_log: error: no room\n$");
}

static void below_the_level_nothing_is_written(void **state)
{
	log_setup(pipe_fds[1], LOG_STYLE_JOURNAL, LOG_LEVEL_WARNING);
	log_info("quiet");
	log_setup(pipe_fds[1], LOG_STYLE_JOURNAL, LOG_LEVEL_INFO);
	log_info("loud");
	assert_written("^<6>loud\n$");
}

static void one_message_is_one_line_without_control_bytes(void **state)
{
	log_setup(pipe_fds[1], LOG_STYLE_JOURNAL, LOG_LEVEL_INFO);
	log_info("%s", "two\nlines \x1b[2J");
	assert_written("^<6>two\\\\nlines \\\\x1b\\[2J\n$");
	log_info("%s", "");
	assert_written("^<6>\n$");
}

static void a_long_message_comes_whole(void **state)
{
	char text[3001];

	memset(text, 'm', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_setup(pipe_fds[1], LOG_STYLE_JOURNAL, LOG_LEVEL_INFO);
	log_info("%s", text);
	assert_written("^<6>m*\n$");
}

static void a_descriptor_that_fails_is_nobodys_problem(void **state)
{
	log_setup(-1, LOG_STYLE_FILE, LOG_LEVEL_INFO);
	errno = ENOTTY;
	log_error("lost");
	assert_int_equal(errno, ENOTTY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_line_of_the_file_has_time_level_and_process,
						open_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(the_journal_reads_a_priority, open_pipe,
						close_pipe),
		cmocka_unit_test_setup_teardown(a_person_reads_who_and_what, open_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(below_the_level_nothing_is_written, open_pipe,
						close_pipe),
		cmocka_unit_test_setup_teardown(one_message_is_one_line_without_control_bytes,
						open_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(a_long_message_comes_whole, open_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(a_descriptor_that_fails_is_nobodys_problem,
						open_pipe, close_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
