#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "shared/base/str.h"
#include "shared/base/utf8.h"

static void assert_decoded(const char *s, size_t len, size_t length, uint32_t expected)
{
	uint32_t code = 0;

	assert_int_equal(utf8_decode(s, len, &code), length);
	assert_int_equal(code, expected);
}

static void assert_escaped(const char *s, size_t len, bool keep_newline, const char *expected)
{
	_cleanup_(str_done) struct str out = {};

	utf8_escape(&out, s, len, keep_newline);
	assert_string_equal(str_cstr(&out), expected);
}

static void the_first_and_last_of_each_length(void **state)
{
	assert_decoded("\0", 1, 1, 0);
	assert_decoded("\x7f", 1, 1, 0x7f);
	assert_decoded("\xc2\x80", 2, 2, 0x80);
	assert_decoded("\xdf\xbf", 2, 2, 0x7ff);
	assert_decoded("\xe0\xa0\x80", 3, 3, 0x800);
	assert_decoded("\xef\xbf\xbf", 3, 3, 0xffff);
	assert_decoded("\xf0\x90\x80\x80", 4, 4, 0x10000);
	assert_decoded("\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff);
}

static void what_utf8_forbids(void **state)
{
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xfe",
		"\xff",
		"\xf8\x88\x80\x80\x80", /* no beginning */
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x9f\xbf",
		"\xf0\x8f\xbf\xbf", /* overlong */
		"\xed\xa0\x80",
		"\xed\xbf\xbf", /* surrogates */
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", /* beyond the last */
		"\xc3",
		"\xe2\x82",
		"\xf0\x9f\x98", /* cut */
		"\xc3(",
		"\xe2(\xa1",
		"\xe2\x82(", /* torn */
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_decoded(bad[i], strlen(bad[i]), 0, 0);
		assert_false(utf8_valid(bad[i], strlen(bad[i])));
	}
	assert_decoded("é", 1, 0, 0); /* the bytes that are there, not those behind them */
}

static void valid_is_valid_to_the_end(void **state)
{
	assert_true(utf8_valid("", 0));
	assert_true(utf8_valid("grüße, 日本, 🦀", strlen("grüße, 日本, 🦀")));
	assert_true(utf8_valid("a\0b", 3));
	assert_false(utf8_valid("fine until \xe2\x82", 13));
}

static void every_code_point_there_is_comes_back(void **state)
{
	for (uint32_t code = 0x80; code <= 0x10ffff; code += 17) {
		char s[4];
		size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
		uint32_t rest = code;

		if (code >= 0xd800 && code < 0xe000)
			continue;
		for (size_t i = len - 1; i > 0; i--, rest >>= 6)
			s[i] = (char)(0x80 | (rest & 0x3f));
		s[0] = (char)((0xf00 >> len) | rest);
		assert_decoded(s, len, len, code);
	}
}

static void nothing_harmful_reaches_the_terminal(void **state)
{
	assert_escaped("plain é 日 🦀\t|", strlen("plain é 日 🦀\t|"), false,
		       "plain é 日 🦀\t|");
	assert_escaped("\x1b[31mred", 8, false, "\\x1b[31mred");
	assert_escaped("\0\x07\x7f", 3, false, "\\x00\\x07\\x7f");
	assert_escaped("\xc2\x9b"
		       "2J",
		       4, false, "\\xc2\\x9b2J");
	assert_escaped("\xe2\x80\xae"
		       "evil",
		       7, false, "\\xe2\\x80\\xaeevil");
	assert_escaped("\xe2\x81\xa6", 3, false, "\\xe2\\x81\\xa6");
	assert_escaped("a\xff"
		       "b",
		       3, false, "a\\xffb");
	assert_escaped("cut \xe2\x82", 6, false, "cut \\xe2\\x82");
	assert_escaped("\r\n", 2, false, "\\x0d\\n");
	assert_escaped("", 0, false, "");
}

static void newlines_stay_when_asked(void **state)
{
	assert_escaped("a\nb\n\n", 5, true, "a\nb\n\n");
	assert_escaped("a\nb", 3, false, "a\\nb");
	assert_escaped("\r\n", 2, true, "\\x0d\n");
}

static void whatever_goes_in_what_comes_out_is_harmless(void **state)
{
	uint64_t seed = 42;

	for (int i = 0; i < 3000; i++) {
		_cleanup_(str_done) struct str out = {};
		char s[24];

		for (size_t j = 0; j < sizeof(s); j++) {
			seed = seed * 6364136223846793005 + 1442695040888963407;
			s[j] = (char)(seed >> (seed >> 60 ? 40 : 33));
		}
		utf8_escape(&out, s, sizeof(s), false);
		assert_true(utf8_valid(out.data, out.len));
		for (size_t at = 0; at < out.len;) {
			uint32_t code;

			at += utf8_decode(out.data + at, out.len - at, &code);
			assert_false(utf8_harmful(code));
		}
	}
}

static void assert_fit(const char *s, unsigned columns, const char *expected, unsigned used)
{
	_cleanup_(str_done) struct str out = {};

	assert_int_equal(utf8_fit(&out, s, columns), used);
	assert_string_equal(str_cstr(&out), expected);
	assert_int_equal(utf8_width(str_cstr(&out), out.len), used);
}

static void a_cell_of_a_table_holds_what_fits(void **state)
{
	assert_fit("worker", 10, "worker", 6);
	assert_fit("worker", 6, "worker", 6);
	assert_fit("worker", 5, "work…", 5);
	assert_fit("worker", 1, "…", 1);
	assert_fit("worker", 0, "", 0);
	assert_fit("", 0, "", 0);
	assert_fit("日本語", 6, "日本語", 6);
	assert_fit("日本語", 5, "日本…", 5);
	assert_fit("日本語", 4, "日…", 3);
	assert_fit("日本語", 2, "…", 1);
}

static void a_cut_never_tears_a_character_or_an_escape(void **state)
{
	assert_fit("ab\x1b[0m", 5, "ab…", 3);
	assert_fit("👨‍👩‍👧‍👦 family", 4, "👨‍👩‍👧‍👦 …", 4);
	assert_fit("e\xcc\x81\xcc\x81xyz", 2, "e\xcc\x81\xcc\x81…", 2);
	assert_fit("👨\xe2\x80\x8d"
		   "abc",
		   3, "👨\xe2\x80\x8d…", 3); /* the ellipsis is not joined */
	assert_fit("a\tb\nc", 20, "a b\\nc", 6);
}

static void plain_text_needs_no_care(void **state)
{
	size_t len = 0;

	assert_true(utf8_plain("web-1 ~", &len));
	assert_int_equal(len, 7);
	assert_true(utf8_plain("", &len));
	assert_false(utf8_plain("w\xc3\xb6rk", &len));
	assert_false(utf8_plain("a\tb", &len));
	assert_false(utf8_plain("\x7f", &len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_and_last_of_each_length),
		cmocka_unit_test(what_utf8_forbids),
		cmocka_unit_test(valid_is_valid_to_the_end),
		cmocka_unit_test(every_code_point_there_is_comes_back),
		cmocka_unit_test(nothing_harmful_reaches_the_terminal),
		cmocka_unit_test(newlines_stay_when_asked),
		cmocka_unit_test(whatever_goes_in_what_comes_out_is_harmless),
		cmocka_unit_test(plain_text_needs_no_care),
		cmocka_unit_test(a_cell_of_a_table_holds_what_fits),
		cmocka_unit_test(a_cut_never_tears_a_character_or_an_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
