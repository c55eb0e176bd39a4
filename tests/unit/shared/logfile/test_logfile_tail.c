#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lines.h"
#include "shared/logfile/logfile_tail.h"

static int setup(void **state)
{
	static struct lines lines;

	lines_setup(&lines);
	*state = &lines;
	return 0;
}

static int teardown(void **state)
{
	lines_teardown(*state);
	return 0;
}

static void assert_tail(struct lines *lines, unsigned n, const char *expected)
{
	char tag[] = "a";

	str_clear(&lines->seen);
	assert_int_equal(
		logfile_tail(lines_path(lines, "log"), n, lines_collect, lines, tag, NULL, NULL),
		0);
	assert_string_equal(str_cstr(&lines->seen), expected);
}

static void the_last_lines_of_a_file(void **state)
{
	struct lines *lines = *state;

	lines_write(lines, "log", "one\n\nthree\nfour\n");
	assert_tail(lines, 2, "a:three\na:four\n");
	assert_tail(lines, 3, "a:\na:three\na:four\n");
	assert_tail(lines, 99, "a:one\na:\na:three\na:four\n");
	assert_tail(lines, 0, "");
}

static void a_last_line_without_an_end_counts(void **state)
{
	struct lines *lines = *state;
	struct logfile_position position;
	char tag[] = "a";

	lines_write(lines, "log", "one\ntwo\nha");
	assert_tail(lines, 2, "a:two\na:ha~\n");
	logfile_tail(lines_path(lines, "log"), 2, lines_collect, lines, tag, &position, NULL);
	assert_int_equal(position.offset, 10);
	assert_true(position.in_line);
}

static void an_empty_file_has_none(void **state)
{
	struct lines *lines = *state;

	lines_write(lines, "log", "");
	assert_tail(lines, 5, "");
}

static void lines_longer_than_a_block_are_found(void **state)
{
	struct lines *lines = *state;
	_cleanup_(str_done) struct str text = {};
	char tag[] = "a";

	str_append(&text, "first\n");
	str_append_repeat(&text, 'x', 300000);
	str_append(&text, "\nlast\n");
	lines_write(lines, "log", text.data);
	assert_tail(lines, 1, "a:last\n");
	str_clear(&lines->seen);
	lines->count = 0;
	assert_int_equal(
		logfile_tail(lines_path(lines, "log"), 2, lines_collect, lines, tag, NULL, NULL),
		0);
	assert_int_equal(lines->count, 300000 / LOGFILE_PIECE_MAX + 1 + 1);
	assert_true(str_starts(lines->seen.data, "a:xxx"));
	assert_true(str_ends(lines->seen.data, "xxx\na:last\n"));
}

static void every_length_around_a_block_is_right(void **state)
{
	struct lines *lines = *state;
	char tag[] = "a";

	for (size_t len = 65530; len < 65542; len++) {
		_cleanup_(str_done) struct str text = {};

		str_append(&text, "before\n");
		str_append_repeat(&text, 'x', len - 4);
		str_append(&text, "\nyz\n");
		remove(lines_path(lines, "log"));
		lines_write(lines, "log", text.data);
		assert_tail(lines, 1, "a:yz\n");
		lines->count = 0;
		assert_int_equal(logfile_tail(lines_path(lines, "log"), 3, lines_collect, lines,
					      tag, NULL, NULL),
				 0);
		assert_int_equal(lines->count, len - 4 >= LOGFILE_PIECE_MAX ? 4 : 3);
	}
}

static void what_is_not_a_file_is_refused_at_once(void **state)
{
	struct lines *lines = *state;
	struct pmc_error err = {};

	assert_int_equal(mkfifo(lines_path(lines, "fifo"), 0600), 0);
	assert_int_equal(
		logfile_tail(lines_path(lines, "fifo"), 1, lines_collect, lines, NULL, NULL, &err),
		-EINVAL);
	assert_non_null(strstr(err.message, "not a regular file"));
	assert_int_equal(
		logfile_tail(lines_path(lines, "none"), 1, lines_collect, lines, NULL, NULL, &err),
		-ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_last_lines_of_a_file, setup, teardown),
		cmocka_unit_test_setup_teardown(a_last_line_without_an_end_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(an_empty_file_has_none, setup, teardown),
		cmocka_unit_test_setup_teardown(lines_longer_than_a_block_are_found, setup,
						teardown),
		cmocka_unit_test_setup_teardown(every_length_around_a_block_is_right, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_is_not_a_file_is_refused_at_once, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
