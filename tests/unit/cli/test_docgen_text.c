#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/docgen_text.h"
#include "shared/base/str.h"

static void expect(const char *before, const char *text, const char *page)
{
	_cleanup_(str_done) struct str out = {};

	str_append(&out, before);
	docgen_text_append(&out, text);
	assert_string_equal(out.data, page);
}

static void markup_is_text_and_backticks_are_bold(void **state)
{
	expect("", "env_NAME of *all*, see `pmc env`", "env\\_NAME of \\*all\\*, see *pmc env*");
	expect("", "C:\\x", "C:\\\\x");
}

/* A text that begins with `-` would be a list, and scdoc would end with an error. */
static void a_text_begins_no_list_head_comment_or_table(void **state)
{
	static const char *const texts[] = {"- is JSON",   "--x is a flag", "#1 first",
					    "; and so on", "[a] or",	    "|a| or"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(mem_freep) char *escaped = mem_printf("*--x*\n\t\\%s", texts[i]),
					  *alone = mem_printf("\\%s", texts[i]),
					  *behind = mem_printf("a %s", texts[i]);

		expect("*--x*\n\t", texts[i], escaped);
		expect("", texts[i], alone);
		expect("a ", texts[i], behind);
	}
	expect("*--x*\n\t", "", "*--x*\n\t");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markup_is_text_and_backticks_are_bold),
		cmocka_unit_test(a_text_begins_no_list_head_comment_or_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
