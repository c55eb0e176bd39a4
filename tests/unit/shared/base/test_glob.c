#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "shared/base/glob.h"
#include "shared/base/mem.h"

static void names_without_wildcards_match_themselves(void **state)
{
	assert_true(glob_matches("web", "web"));
	assert_false(glob_matches("web", "web2"));
	assert_false(glob_matches("web", "Web"));
	assert_true(glob_matches("", ""));
	assert_false(glob_matches("", "x"));
	assert_true(glob_matches("a.b", "a.b"));
	assert_false(glob_matches("a.b", "axb"));
}

static void a_star_stays_in_its_folder(void **state)
{
	assert_true(glob_matches("*", "web"));
	assert_true(glob_matches("*.js", "app.js"));
	assert_true(glob_matches("web-*", "web-"));
	assert_false(glob_matches("*.js", "src/app.js"));
	assert_true(glob_matches("src/*.js", "src/app.js"));
	assert_false(glob_matches("*.js", "app.jsx"));
}

static void two_stars_cross_folders(void **state)
{
	assert_true(glob_matches("**/*.log", "a.log"));
	assert_true(glob_matches("**/*.log", "x/y/a.log"));
	assert_true(glob_matches("node_modules/**", "node_modules/x/y"));
	assert_true(glob_matches("**/node_modules/**", "a/node_modules/b/c"));
	assert_true(glob_matches("src/**/x.js", "src/x.js"));
	assert_true(glob_matches("src/**/x.js", "src/a/b/x.js"));
	assert_false(glob_matches("src/**/x.js", "lib/a/x.js"));
	assert_true(glob_matches("**/.*", "a/.git"));
}

static void one_sign_is_one_character(void **state)
{
	assert_true(glob_matches("a?c", "abc"));
	assert_false(glob_matches("a?c", "ac"));
	assert_false(glob_matches("a?c", "a/c"));
	assert_true(glob_matches("caf?", "café"));
	assert_true(glob_matches("日?", "日本"));
}

static void sets_and_ranges(void **state)
{
	assert_true(glob_matches("web[0-3]", "web2"));
	assert_false(glob_matches("web[0-3]", "web4"));
	assert_true(glob_matches("[!a]x", "bx"));
	assert_false(glob_matches("[!a]x", "ax"));
}

static void braces_are_alternatives(void **state)
{
	assert_true(glob_matches("{web,api}-*", "api-1"));
	assert_false(glob_matches("{web,api}-*", "job-1"));
	assert_true(glob_matches("*.{js,mjs,c{js,ts}}", "a.cts"));
	assert_true(glob_matches("a{,b}", "a"));
	assert_true(glob_matches("a{,b}", "ab"));
	assert_true(glob_matches("{a}", "a"));
	assert_true(glob_matches("{a,b}{c,d}", "bd"));
	assert_true(glob_matches("\\{a,b}", "{a,b}"));
}

static void a_broken_pattern_matches_nothing(void **state)
{
	assert_false(glob_matches("[a", "[a"));
	assert_false(glob_matches("[a", "a"));
	assert_false(glob_matches("{a,b", "{a,b"));
	assert_false(glob_matches("{a,b", "a"));
}

static void regex_signs_mean_themselves(void **state)
{
	assert_true(glob_matches("a+(b)|c$*", "a+(b)|c$x"));
	assert_false(glob_matches("a+*", "aab"));
}

static void bytes_that_are_no_utf8_do_no_harm(void **state)
{
	assert_true(glob_matches("a\xff", "a\xff"));
	assert_false(glob_matches("a\xff*", "b"));
	assert_false(glob_matches("*.log", "\xff\xfe"));
}

static void hostile_patterns_end_soon(void **state)
{
	_cleanup_(mem_freep) char *stars = mem_zalloc(2001), *text = mem_zalloc(2001);
	char braces[200] = "";

	for (int i = 0; i < 1000; i++)
		memcpy(stars + 2 * i, "*a", 2);
	memset(text, 'a', 2000);
	text[1999] = 'b';
	assert_false(glob_matches(stars, text));
	for (int i = 0; i < 30; i++)
		strcat(braces, "{a,b}");
	assert_false(glob_matches(braces, "c"));
	strcat(braces, "{"); /* seen only at the very end of each expansion */
	assert_false(glob_matches(braces, "c"));
	memset(stars, '{', 2000);
	assert_false(glob_matches(stars, text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_without_wildcards_match_themselves),
		cmocka_unit_test(a_star_stays_in_its_folder),
		cmocka_unit_test(two_stars_cross_folders),
		cmocka_unit_test(one_sign_is_one_character),
		cmocka_unit_test(sets_and_ranges),
		cmocka_unit_test(braces_are_alternatives),
		cmocka_unit_test(a_broken_pattern_matches_nothing),
		cmocka_unit_test(regex_signs_mean_themselves),
		cmocka_unit_test(bytes_that_are_no_utf8_do_no_harm),
		cmocka_unit_test(hostile_patterns_end_soon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
