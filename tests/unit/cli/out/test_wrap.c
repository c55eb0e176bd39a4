#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/out/wrap.h"
#include "shared/base/str.h"

static void expect(unsigned indent, unsigned width, const char *text, const char *wrapped)
{
	struct str out = {};

	wrap_append(&out, indent, width, text);
	assert_string_equal(out.data, wrapped);
	str_done(&out);
}

static void a_text_is_broken_at_blanks(void **state)
{
	expect(0, 80, "one two three", "one two three\n");
	expect(0, 7, "one two three", "one two\nthree\n");
	expect(2, 9, "one two three", "one two\n  three\n");
	expect(0, 20, "", "\n");
}

static void a_word_longer_than_the_line_is_broken(void **state)
{
	expect(0, 5, "a incredible b", "a\nincre\ndible\nb\n");
	expect(2, 8, "a 日本語日本語 b", "a\n  日本語\n  日本語\n  b\n");
	expect(2, 8, "a 日本語日本 b", "a\n  日本語\n  日本 b\n");
}

static void wide_letters_count_twice_and_control_bytes_are_escaped(void **state)
{
	expect(0, 8, "日本 日本 x", "日本\n日本 x\n");
	expect(0, 80, "red\033[31m", "red\\x1b[31m\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_broken_at_blanks),
		cmocka_unit_test(a_word_longer_than_the_line_is_broken),
		cmocka_unit_test(wide_letters_count_twice_and_control_bytes_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
