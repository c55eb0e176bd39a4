#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "shared/base/error.h"
#include "shared/base/strlist.h"

static void assert_words(const struct strlist *list, const char *const *expected)
{
	size_t count = 0;

	for (; expected[count]; count++) {
		assert_true(count < list->count);
		assert_string_equal(list->items[count], expected[count]);
	}
	assert_int_equal(list->count, count);
	if (count)
		assert_null(list->items[count]);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void assert_split(const char *text, const char *const *expected)
{
	_cleanup_(strlist_done) struct strlist list = {};
	struct pmc_error err = {};

	assert_int_equal(strlist_split_words(&list, text, &err), 0);
	assert_words(&list, expected);
}

static void it_serves_as_argv(void **state)
{
	_cleanup_(strlist_done) struct strlist list = {};

	strlist_add(&list, "node");
	strlist_take(&list, mem_strdup("app.js"));
	assert_words(&list, WORDS("node", "app.js"));
	assert_true(strlist_has(&list, "app.js"));
	assert_false(strlist_has(&list, "app"));
}

static void equal_means_same_words_in_same_order(void **state)
{
	_cleanup_(strlist_done) struct strlist a = {}, b = {}, copy = {};

	assert_true(strlist_equal(&a, &b));
	strlist_add(&a, "x");
	strlist_add(&a, "y");
	strlist_add(&b, "y");
	assert_false(strlist_equal(&a, &b));
	strlist_add(&b, "x");
	assert_false(strlist_equal(&a, &b));
	strlist_copy(&copy, &a);
	assert_true(strlist_equal(&a, &copy));
}

static void words_are_split_as_a_shell_does(void **state)
{
	assert_split("", WORDS(NULL));
	assert_split(" \t\n ", WORDS(NULL));
	assert_split("  a  b\tc\n", WORDS("a", "b", "c"));
	assert_split("--x=\"1 2\" 'it''s' ''", WORDS("--x=1 2", "its", ""));
	assert_split("a\\ b \"\\\"\" '\\'", WORDS("a b", "\"", "\\"));
	assert_split("\"\\n \\$ \\\\\"", WORDS("\\n $ \\"));
	assert_split("a\\\nb \"c\\\nd\"", WORDS("ab", "cd"));
	assert_split("end\\", WORDS("end\\"));
	assert_split("$HOME *.js", WORDS("$HOME", "*.js"));
}

static void an_assigned_argument_keeps_its_quotes(void **state)
{
	static const struct {
		const char *text, *words[4];
	} rows[] = {
		{"--x=\"1 2\" y", {"--x=\"1 2\"", "y"}},
		{"--x='1 2'", {"--x='1 2'"}},
		{"a \"b c\" 'd'", {"a", "b c", "d"}},
		{"--x=\"1 2\"z", {"--x=1 2z"}},
		{"\"--x=1 2\"", {"--x=1 2"}},
		{"=\"1 2\"", {"=1 2"}},
		{"x=\"it's\"", {"x=\"it's\""}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(strlist_done) struct strlist list = {};

		assert_int_equal(strlist_split_arguments(&list, rows[i].text, NULL), 0);
		assert_words(&list, rows[i].words);
	}
}

static void an_open_quote_is_an_error_with_its_column(void **state)
{
	_cleanup_(strlist_done) struct strlist list = {};
	struct pmc_error err = {};

	strlist_add(&list, "kept");
	assert_int_equal(strlist_split_words(&list, "a b 'c", &err), -EINVAL);
	assert_int_equal(err.column, 5);
	assert_int_equal(strlist_split_words(&list, "\"\\\"", &err), -EINVAL);
	assert_int_equal(err.column, 1);
	assert_int_equal(strlist_split_words(&list, "'", NULL), -EINVAL);
	assert_words(&list, WORDS("kept"));
}

static void parts_between_separators_empty_ones_left_out(void **state)
{
	_cleanup_(strlist_done) struct strlist list = {};

	strlist_split(&list, ",a,,b c;d,", ",;");
	assert_words(&list, WORDS("a", "b c", "d"));
	strlist_split(&list, "", ",");
	strlist_split(&list, ",,,", ",");
	assert_int_equal(list.count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_serves_as_argv),
		cmocka_unit_test(equal_means_same_words_in_same_order),
		cmocka_unit_test(words_are_split_as_a_shell_does),
		cmocka_unit_test(an_assigned_argument_keeps_its_quotes),
		cmocka_unit_test(an_open_quote_is_an_error_with_its_column),
		cmocka_unit_test(parts_between_separators_empty_ones_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
