#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/str.h"

static void assert_shown(const struct diagnostics *diags, const char *source, const char *expected)
{
	_cleanup_(str_done) struct str out = {};

	diagnostics_format(diags, source, source ? strlen(source) : 0, &out);
	assert_string_equal(str_cstr(&out), expected);
}

static void one_line_for_each_in_the_order_of_their_places(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};

	diagnostics_add(&diags, DIAGNOSTIC_ERROR, "eco.yml", 7, 5, "did you mean 'b'?",
			"unknown option '%s'", "a");
	diagnostics_add(&diags, DIAGNOSTIC_WARNING, "eco.yml", 2, 1, NULL, "odd");
	diagnostics_add(&diags, DIAGNOSTIC_ERROR, "eco.yml", 2, 1, NULL, "same place, said later");
	diagnostics_add(&diags, DIAGNOSTIC_ERROR, ".env", 1, 0, NULL, "another file");
	diagnostics_add(&diags, DIAGNOSTIC_ERROR, "eco.yml", 0, 0, NULL, "the whole file");
	diagnostics_add(&diags, DIAGNOSTIC_ERROR, NULL, 0, 0, "use --x", "a flag");
	assert_int_equal(diags.errors, 5);
	assert_shown(&diags, NULL,
		     "eco.yml: the whole file\n"
		     "eco.yml:2:1: warning: odd\n"
		     "eco.yml:2:1: same place, said later\n"
		     "eco.yml:7:5: unknown option 'a'; did you mean 'b'?\n"
		     ".env:1: another file\n"
		     "a flag; use --x\n");
}

static void with_the_source_a_caret_points_at_it(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};

	diagnostics_add(&diags, DIAGNOSTIC_ERROR, "e.yml", 2, 5,
			"did you mean 'max_memory_restart'?", "unknown");
	assert_shown(&diags, "apps:\r\n    max_memory_restrat: 300M\r\n",
		     "e.yml:2:5: unknown\n"
		     "    2 |     max_memory_restrat: 300M\n"
		     "      |     ^ did you mean 'max_memory_restart'?\n");
}

static void the_caret_stands_right_behind_wide_signs_and_tabs(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};

	diagnostics_add(&diags, DIAGNOSTIC_ERROR, "e", 1, 5, NULL, "bad");
	assert_shown(&diags, "\t日本 x", "e:1:5: bad\n    1 | \t日本 x\n      | \t     ^\n");
}

static void places_the_source_does_not_have_are_no_trap(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};

	diagnostics_add(&diags, DIAGNOSTIC_ERROR, "e", 1, 99, "h", "beyond the line");
	diagnostics_add(&diags, DIAGNOSTIC_ERROR, "e", 9, 1, "h", "beyond the file");
	diagnostics_add(&diags, DIAGNOSTIC_ERROR, "e", 2, 1, NULL, "behind the last newline");
	assert_shown(&diags, "ab\n",
		     "e:1:99: beyond the line\n    1 | ab\n      |   ^ h\n"
		     "e:2:1: behind the last newline\n    2 | \n      | ^\n"
		     "e:9:1: beyond the file; h\n");
}

static void control_bytes_of_the_source_do_not_reach_the_terminal(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};

	diagnostics_add(&diags, DIAGNOSTIC_ERROR, "e", 1, 3, NULL, "saw \x1b]0;x");
	assert_shown(&diags, "\x1b\xffx",
		     "e:1:3: saw \\x1b]0;x\n    1 | \\x1b\\xffx\n      |         ^\n");
}

static void nor_do_those_of_names_and_hints(void **state)
{
	struct diagnostics diags = {};

	diagnostics_add(&diags, DIAGNOSTIC_ERROR, "e\033[31m", 1, 1, "not '\xc2\x9b'", "bad");
	assert_shown(&diags, NULL, "e\\x1b[31m:1:1: bad; not '\\xc2\\x9b'\n");
	assert_shown(&diags, "x", "e\\x1b[31m:1:1: bad\n    1 | x\n      | ^ not '\\xc2\\x9b'\n");
	diagnostics_done(&diags);
}

static void a_very_long_line_is_shown_around_the_place(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(str_done) struct str source = {}, out = {};
	const char *caret;

	for (int i = 0; i < 40000; i++)
		str_append(&source, "é");
	source.data[40000] = 'X';
	source.data[40001] = 'Y';
	diagnostics_add(&diags, DIAGNOSTIC_ERROR, "e", 1, 20001, NULL, "here");
	diagnostics_format(&diags, source.data, source.len, &out);
	assert_true(out.len < 600);
	caret = strchr(out.data, '^');
	assert_non_null(caret);
	assert_non_null(strstr(out.data, "éXYé"));
	assert_null(strstr(out.data, "\\x"));
}

static void beyond_the_limit_they_are_counted(void **state)
{
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(str_done) struct str out = {};

	for (int i = 0; i < DIAGNOSTICS_MAX + 5; i++)
		diagnostics_add(&diags, DIAGNOSTIC_ERROR, "e", DIAGNOSTICS_MAX + 5 - i, 1, NULL,
				"n");
	assert_int_equal(diags.count, DIAGNOSTICS_MAX);
	assert_int_equal(diags.dropped, 5);
	assert_int_equal(diags.errors, DIAGNOSTICS_MAX + 5);
	diagnostics_format(&diags, NULL, 0, &out);
	assert_memory_equal(out.data, "e:6:1: n\n", 9);
	assert_non_null(strstr(out.data, "e:105:1: n\nand 5 more\n"));
}

static void nothing_to_say_prints_nothing(void **state)
{
	struct diagnostics diags = {};

	assert_shown(&diags, "x", "");
	diagnostics_done(&diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_for_each_in_the_order_of_their_places),
		cmocka_unit_test(with_the_source_a_caret_points_at_it),
		cmocka_unit_test(the_caret_stands_right_behind_wide_signs_and_tabs),
		cmocka_unit_test(places_the_source_does_not_have_are_no_trap),
		cmocka_unit_test(control_bytes_of_the_source_do_not_reach_the_terminal),
		cmocka_unit_test(nor_do_those_of_names_and_hints),
		cmocka_unit_test(a_very_long_line_is_shown_around_the_place),
		cmocka_unit_test(beyond_the_limit_they_are_counted),
		cmocka_unit_test(nothing_to_say_prints_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
