#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lines.h"

static struct logfile_line_splitter splitter_of(struct lines *lines)
{
	static char tag[] = "a";

	return (struct logfile_line_splitter){.fn = lines_collect, .owner = lines, .tag = tag};
}

static void feed(struct logfile_line_splitter *splitter, const char *text)
{
	logfile_line_feed(splitter, text, strlen(text));
}

static void lines_come_whole_however_they_are_cut(void **state)
{
	struct lines lines = {};
	struct logfile_line_splitter splitter = splitter_of(&lines);

	feed(&splitter, "on");
	feed(&splitter, "e\n\ntwo");
	assert_true(logfile_line_is_pending(&splitter));
	feed(&splitter, "\n");
	assert_string_equal(str_cstr(&lines.seen), "a:one\na:\na:two\n");
	assert_false(logfile_line_is_pending(&splitter));
	logfile_line_splitter_done(&splitter);
	str_done(&lines.seen);
}

static void the_begin_of_a_line_can_be_had_before_its_end(void **state)
{
	struct lines lines = {};
	struct logfile_line_splitter splitter = splitter_of(&lines);

	feed(&splitter, "name? ");
	logfile_line_flush(&splitter, true);
	feed(&splitter, "joe\nnext\n");
	assert_string_equal(str_cstr(&lines.seen), "a:name? ~\n+a:joe\na:next\n");
	logfile_line_splitter_done(&splitter);
	str_done(&lines.seen);
}

static void a_line_that_was_begun_can_be_ended_by_decree(void **state)
{
	struct lines lines = {};
	struct logfile_line_splitter splitter = splitter_of(&lines);

	feed(&splitter, "half");
	logfile_line_flush(&splitter, true);
	logfile_line_flush(&splitter, false); /* the file was truncated */
	feed(&splitter, "new\n");
	assert_string_equal(str_cstr(&lines.seen), "a:half~\n+a:\na:new\n");
	logfile_line_splitter_done(&splitter);
	str_done(&lines.seen);
}

static void a_huge_line_comes_in_pieces(void **state)
{
	struct lines lines = {};
	struct logfile_line_splitter splitter = splitter_of(&lines);
	_cleanup_(str_done) struct str block = {};

	str_append_repeat(&block, 'x', 10000);
	for (int i = 0; i < 100; i++)
		logfile_line_feed(&splitter, block.data, block.len);
	feed(&splitter, "\n");
	assert_int_equal(lines.count, 1000000 / LOGFILE_PIECE_MAX + 1);
	assert_true(splitter.pending.cap <= 2 * LOGFILE_PIECE_MAX);
	logfile_line_splitter_done(&splitter);
	str_done(&lines.seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_whole_however_they_are_cut),
		cmocka_unit_test(the_begin_of_a_line_can_be_had_before_its_end),
		cmocka_unit_test(a_line_that_was_begun_can_be_ended_by_decree),
		cmocka_unit_test(a_huge_line_comes_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
