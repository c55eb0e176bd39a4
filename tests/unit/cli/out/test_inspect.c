#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/out/inspect.h"
#include "shared/base/str.h"

/* What Node 20 prints of this JSON. */
static void expect(const char *json, const char *text)
{
	json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
	struct str out = {};

	assert_non_null(value);
	inspect_append(value, &out);
	assert_string_equal(str_cstr(&out), text);
	str_done(&out);
	json_decref(value);
}

static void short_values_share_a_line(void **state)
{
	expect("[]", "[]");
	expect("{}", "{}");
	expect("[0, 1.5, true, null]", "[ 0, 1.5, true, null ]");
	expect("{\"a\": {\"b\": [\"c\"]}}", "{ a: { b: [ 'c' ] } }");
	expect("{\"a\": {\"b\": {\"c\": {}}}}", "{ a: { b: { c: {} } } }");
	expect("{\"a\": {\"b\": {\"c\": {\"d\": 1}}}}", "{\n  a: { b: { c: { d: 1 } } }\n}");
}

static void keys_that_are_no_names_are_quoted_and_numbers_come_first(void **state)
{
	expect("{\"web-dev\": 1, \"_x9\": 2, \"2\": 3, \"10\": 4, \"1\": 5}",
	       "{ '1': 5, '2': 3, '10': 4, 'web-dev': 1, _x9: 2 }");
}

static void quotes_and_control_bytes_of_texts(void **state)
{
	expect("\"it's\"", "\"it's\"");
	expect("\"it's \\\"so\\\"\"", "`it's \"so\"`");
	expect("\"\\u001b[31m\\n\\t\\u007f\\\\\"", "'\\x1B[31m\\n\\t\\x7F\\\\'");
	expect("\"\\u009b1m \\u202egnorw \\u2066\"", "'\\x9B1m \\u202Egnorw \\u2066'");
}

static void a_long_list_is_set_in_columns(void **state)
{
	expect("[1, 22, 333, 4, 55, 666, 7]", "[\n   1,  22, 333, 4,\n  55, 666,   7\n]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_values_share_a_line),
		cmocka_unit_test(keys_that_are_no_names_are_quoted_and_numbers_come_first),
		cmocka_unit_test(quotes_and_control_bytes_of_texts),
		cmocka_unit_test(a_long_list_is_set_in_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
