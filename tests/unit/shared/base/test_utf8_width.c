#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "shared/base/str.h"
#include "shared/base/utf8.h"

static unsigned width(const char *s)
{
	return utf8_width(s, strlen(s));
}

static void latin_and_its_accents(void **state)
{
	assert_int_equal(width(""), 0);
	assert_int_equal(width("web-1"), 5);
	assert_int_equal(width("grüße"), 5);
	assert_int_equal(width("e\xcc\x81"), 1); /* e and a combining acute */
	assert_int_equal(width("…│─"), 3);
	assert_int_equal(width("\xc2\xad"), 1); /* soft hyphen */
}

static void wide_scripts(void **state)
{
	assert_int_equal(width("日本語"), 6);
	assert_int_equal(width("한글"), 4);
	assert_int_equal(width("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"), 2); /* 한 in three parts */
	assert_int_equal(width("ｱ"), 1);
	assert_int_equal(width("Ａ"), 2);
	assert_int_equal(width("、"), 2);
	assert_int_equal(width("𠀀"), 2);
}

static void scripts_with_marks_that_take_no_room(void **state)
{
	assert_int_equal(width("ไทย"), 3);
	assert_int_equal(width("ที่"), 1);
	assert_int_equal(width("שָׁלוֹם"), 4);
	assert_int_equal(width("\xe2\x80\x8b"), 0);  /* zero width space */
	assert_int_equal(width("a\xef\xb8\x8f"), 1); /* a letter does not become an emoji */
}

static void emoji_are_two_columns_however_they_are_made(void **state)
{
	assert_int_equal(width("🦀"), 2);
	assert_int_equal(width("👍🏽"), 2);
	assert_int_equal(width("🏽"), 2);
	assert_int_equal(width("❤️"), 2);
	assert_int_equal(width("❤"), 1);
	assert_int_equal(width("1️⃣"), 1); /* but keycaps, on which terminals do not agree */
	assert_int_equal(width("🇩🇪"), 2);
	assert_int_equal(width("🇩🇪🇫🇷"), 4);
	assert_int_equal(width("🇩"), 1);
	assert_int_equal(width("👨‍👩‍👧‍👦"), 2);
	assert_int_equal(width("🏳️‍🌈"), 2);
	assert_int_equal(width("👩🏽‍🚀🦀"), 4);
	assert_int_equal(width("🏴\xf3\xa0\x81\xa7\xf3\xa0\x81\xa2\xf3\xa0\x81\xbf"),
			 2); /* a flag by tags */
}

static void what_is_escaped_counts_as_its_escape(void **state)
{
	static const char *const hostile[] = {"\x1b[2J",   "a\nb", "\xff\xfe", "\xe2\x80\xae",
					      "x\xc2\x9b", "\x7f", "\xe2\x82"};

	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		_cleanup_(str_done) struct str out = {};

		utf8_escape(&out, hostile[i], strlen(hostile[i]), false);
		assert_int_equal(width(hostile[i]), out.len);
	}
	assert_int_equal(utf8_width("a\0b", 3), 6);
	assert_int_equal(width("\t"), 1);
}

static void a_joiner_does_not_swallow_what_is_no_emoji(void **state)
{
	assert_int_equal(width("a\xe2\x80\x8d"
			       "b"),
			 2);
	assert_int_equal(width("👨\xe2\x80\x8d"
			       "\x1b"),
			 6);
	assert_int_equal(width("👨\xe2\x80\x8d"
			       "b"),
			 3);
}

static void clusters_cover_every_byte(void **state)
{
	uint64_t seed = 7;
	char s[64];

	for (int i = 0; i < 3000; i++) {
		unsigned total = 0, columns;

		for (size_t j = 0; j < sizeof(s); j++) {
			seed = seed * 6364136223846793005 + 1442695040888963407;
			s[j] = (char)(seed >> 40);
		}
		for (size_t at = 0, step; at < sizeof(s); at += step) {
			step = utf8_width_cluster(s + at, sizeof(s) - at, &columns);
			assert_true(step >= 1 && step <= sizeof(s) - at);
			total += columns;
		}
		assert_int_equal(utf8_width(s, sizeof(s)), total);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(latin_and_its_accents),
		cmocka_unit_test(wide_scripts),
		cmocka_unit_test(scripts_with_marks_that_take_no_room),
		cmocka_unit_test(emoji_are_two_columns_however_they_are_made),
		cmocka_unit_test(what_is_escaped_counts_as_its_escape),
		cmocka_unit_test(a_joiner_does_not_swallow_what_is_no_emoji),
		cmocka_unit_test(clusters_cover_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
