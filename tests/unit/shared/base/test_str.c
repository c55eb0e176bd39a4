#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "shared/base/str.h"

static void an_empty_one_reads_as_an_empty_string(void **state)
{
	struct str s = {};
	char *stolen;

	assert_string_equal(str_cstr(&s), "");
	stolen = str_steal(&s);
	assert_string_equal(stolen, "");
	free(stolen);
	str_clear(&s);
	str_consume(&s, 10);
	str_append_bytes(&s, NULL, 0);
	assert_string_equal(s.data, "");
	str_done(&s);
}

static void it_grows_with_what_is_appended(void **state)
{
	_cleanup_(str_done) struct str s = {};
	_cleanup_(mem_freep) char *long_text = mem_zalloc(5001);

	memset(long_text, 'x', 5000);
	str_append(&s, "ab");
	str_append_char(&s, 'c');
	str_append_repeat(&s, '-', 3);
	str_appendf(&s, "%d", 42);
	assert_string_equal(s.data, "abc---42");
	str_appendf(&s, "%s", long_text);
	assert_int_equal(s.len, 5008);
	assert_int_equal(strlen(s.data), 5008);
	str_append_repeat(&s, '.', 0);
	assert_int_equal(s.len, 5008);
}

static void formatted_text_fits_at_every_length(void **state)
{
	char text[300] = "";

	for (int len = 0; len < 299; len++) {
		_cleanup_(str_done) struct str s = {};

		str_appendf(&s, "%s", text);
		assert_int_equal(s.len, len);
		assert_string_equal(s.data, text);
		text[len] = 'y';
	}
}

static void it_may_hold_nul_bytes(void **state)
{
	_cleanup_(str_done) struct str s = {};

	str_append_bytes(&s, "a\0b", 3);
	assert_int_equal(s.len, 3);
	assert_memory_equal(s.data, "a\0b", 4);
}

static void reserved_room_is_filled_by_the_caller(void **state)
{
	_cleanup_(str_done) struct str s = {};

	str_append(&s, "12");
	memcpy(str_reserve(&s, 100), "34XX", 4);
	s.len += 2;
	assert_string_equal(str_cstr(&s), "1234");
}

static void consuming_takes_from_the_front(void **state)
{
	_cleanup_(str_done) struct str s = {};

	str_append(&s, "line one\nline two");
	str_consume(&s, 9);
	assert_string_equal(s.data, "line two");
	str_consume(&s, 8);
	assert_int_equal(s.len, 0);
	assert_string_equal(str_cstr(&s), "");
}

static void after_stealing_it_starts_anew(void **state)
{
	struct str s = {};
	char *stolen;

	str_append(&s, "mine");
	stolen = str_steal(&s);
	assert_string_equal(stolen, "mine");
	assert_null(s.data);
	assert_int_equal(s.len, 0);
	free(stolen);
}

static void beginnings_and_ends(void **state)
{
	assert_true(str_starts("SIGTERM", "SIG"));
	assert_true(str_starts("x", ""));
	assert_false(str_starts("SI", "SIG"));
	assert_true(str_ends("app.js", ".js"));
	assert_false(str_ends("js", ".js"));
	assert_true(str_equal(NULL, NULL));
	assert_false(str_equal(NULL, ""));
	assert_false(str_equal("", NULL));
	assert_true(str_equal("a", "a"));
}

static void slips_of_the_finger_are_near(void **state)
{
	assert_int_equal(str_distance("kill_timeout", "kill_timeout", 3), 0);
	assert_int_equal(str_distance("kil_timeout", "kill_timeout", 3), 1);
	assert_int_equal(str_distance("restrat", "restart", 3), 1);
	assert_int_equal(str_distance("ab", "ba", 3), 1);
	assert_int_equal(str_distance("", "abc", 3), 3);
	assert_int_equal(str_distance("abc", "", 9), 3);
	assert_int_equal(str_distance("ca", "abc", 9),
			 3); /* alignment: no edit inside a swapped pair */
	assert_int_equal(str_distance("instances", "exec_mode", 3), 4);
}

static void hostile_words_are_merely_far(void **state)
{
	_cleanup_(mem_freep) char *endless = mem_zalloc(100001);

	memset(endless, 'a', 100000);
	assert_int_equal(str_distance(endless, "a", 3), 4);
	assert_int_equal(str_distance("a", endless, 3), 4);
	assert_int_equal(str_distance(endless, endless, 3), 0);
	endless[255] = '\0';
	assert_int_equal(str_distance(endless, endless + 1, 3), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_one_reads_as_an_empty_string),
		cmocka_unit_test(it_grows_with_what_is_appended),
		cmocka_unit_test(formatted_text_fits_at_every_length),
		cmocka_unit_test(it_may_hold_nul_bytes),
		cmocka_unit_test(reserved_room_is_filled_by_the_caller),
		cmocka_unit_test(consuming_takes_from_the_front),
		cmocka_unit_test(after_stealing_it_starts_anew),
		cmocka_unit_test(beginnings_and_ends),
		cmocka_unit_test(slips_of_the_finger_are_near),
		cmocka_unit_test(hostile_words_are_merely_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
