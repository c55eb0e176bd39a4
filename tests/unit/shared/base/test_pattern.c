#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <time.h>

#include "shared/base/error.h"
#include "shared/base/mem.h"
#include "shared/base/pattern.h"

static bool matches(const char *regex, const char *text, size_t len)
{
	struct pattern *pattern;
	bool matched;

	assert_int_equal(pattern_create(regex, &pattern, NULL), 0);
	matched = pattern_matches(pattern, text, len);
	pattern_destroy(pattern);
	return matched;
}

static void it_matches_anywhere(void **state)
{
	assert_true(matches("^web", "web-1", 5));
	assert_false(matches("^web", "my web", 6));
	assert_true(matches("listening on \\d+", "now listening on 80!", 20));
	assert_true(matches("(?i)READY", "is ready", 8));
	assert_true(matches("", "x", 1));
	assert_true(matches("^$", "", 0));
}

static void only_the_given_bytes_count(void **state)
{
	assert_false(matches("b", "aab", 2));
	assert_true(matches("a\\x00b", "a\0b", 3));
}

static void characters_are_characters(void **state)
{
	assert_true(matches("^caf.$", "café", 5));
	assert_true(matches("^\\p{Han}+$", "日本", 6));
}

static void invalid_bytes_are_tolerated(void **state)
{
	assert_true(matches("error", "\xff\xfe error \xc3", 10));
	assert_false(matches("^.$", "\xff", 1));
}

static void a_broken_one_says_where(void **state)
{
	struct pattern *pattern = NULL;
	struct pmc_error err = {};

	assert_int_equal(pattern_create("ab(c", &pattern, &err), -EINVAL);
	assert_null(pattern);
	assert_int_equal(err.column, 5);
	assert_non_null(strstr(err.message, "/ab(c/"));
	assert_non_null(strstr(err.message, "missing closing parenthesis"));
	assert_int_equal(pattern_create("\xff", &pattern, NULL), -EINVAL);
	assert_int_equal(pattern_create("\\C", &pattern, NULL), -EINVAL);
	pattern_destroy(NULL);
}

static void a_hostile_one_gives_up(void **state)
{
	_cleanup_(mem_freep) char *text = mem_zalloc(5001);
	clock_t start = clock();

	memset(text, 'a', 5000);
	assert_false(matches("^(a|aa)+$x?b", text, 5000));
	assert_false(matches("(a*)*b$", text, 5000));
	assert_true(clock() - start < 20 * CLOCKS_PER_SEC);
}

static void a_long_line_needs_more_than_the_small_stack(void **state)
{
	_cleanup_(mem_freep) char *text = mem_zalloc(100001);

	memset(text, 'a', 100000);
	assert_true(matches("^(?:a|b)+$", text, 9000));
	assert_true(matches("a$", text, 100000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_matches_anywhere),
		cmocka_unit_test(only_the_given_bytes_count),
		cmocka_unit_test(characters_are_characters),
		cmocka_unit_test(invalid_bytes_are_tolerated),
		cmocka_unit_test(a_broken_one_says_where),
		cmocka_unit_test(a_hostile_one_gives_up),
		cmocka_unit_test(a_long_line_needs_more_than_the_small_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
