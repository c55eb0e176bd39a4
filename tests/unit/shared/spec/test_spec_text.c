#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/spec/spec_text.h"

static void places_count_lines_and_characters(void **state)
{
	struct spec_text_place place = SPEC_TEXT_START;
	const char *text = "a\u00e9\n\U0001f600b";

	spec_text_step(&place, text, 3);
	assert_int_equal(place.line, 1);
	assert_int_equal(place.column, 3);
	spec_text_step(&place, text + 3, strlen(text) - 3);
	assert_int_equal(place.line, 2);
	assert_int_equal(place.column, 3);
}

static void a_byte_order_mark_is_three_bytes(void **state)
{
	assert_int_equal(spec_text_mark("\xef\xbb\xbfx", 4), 3);
	assert_int_equal(spec_text_mark("\xef\xbb", 2), 0);
	assert_int_equal(spec_text_mark("x", 1), 0);
}

static void nothing_but_blanks_is_blank(void **state)
{
	assert_true(spec_text_blank("", 0));
	assert_true(spec_text_blank("\xef\xbb\xbf \t\r\n", 7));
	assert_false(spec_text_blank(" \n x", 4));
	assert_false(spec_text_blank(",", 1));
}

static void what_is_no_text_is_told_with_its_place(void **state)
{
	struct diagnostics diags = {};

	assert_true(spec_text_check("h\u00e9\n", 4, "f", &diags));
	assert_int_equal(diags.count, 0);
	assert_false(spec_text_check("a\nbc\xe9", 5, "f", &diags));
	assert_false(spec_text_check("a\0b", 3, "f", &diags));
	assert_int_equal(diags.errors, 2);
	assert_int_equal(diags.items[0].line, 2);
	assert_int_equal(diags.items[0].column, 3);
	assert_int_equal(diags.items[1].line, 1);
	assert_int_equal(diags.items[1].column, 2);
	diagnostics_done(&diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_count_lines_and_characters),
		cmocka_unit_test(a_byte_order_mark_is_three_bytes),
		cmocka_unit_test(nothing_but_blanks_is_blank),
		cmocka_unit_test(what_is_no_text_is_told_with_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
