#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/model/json_text.h"

static void assert_text(const char *text, const char *expected)
{
	json_t *json = json_text(text);

	assert_string_equal(json_string_value(json), expected);
	json_decref(json);
}

static void utf8_stays_as_it_is(void **state)
{
	assert_text("", "");
	assert_text("grüße 日本", "grüße 日本");
	assert_text("line\nline\t\x1b[0m", "line\nline\t\x1b[0m"); /* JSON itself escapes these */
}

static void other_bytes_become_readable(void **state)
{
	assert_text("caf\xe9.log", "caf\\xe9.log");
	assert_text("\xff\n\x1b", "\\xff\n\\x1b");
}

static void nothing_is_null(void **state)
{
	json_t *json = json_text(NULL);

	assert_true(json_is_null(json));
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_stays_as_it_is),
		cmocka_unit_test(other_bytes_become_readable),
		cmocka_unit_test(nothing_is_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
