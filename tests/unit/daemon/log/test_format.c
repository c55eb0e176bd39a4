#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "daemon/log/format.h"
#include "daemon/log/log.h"
#include "shared/base/str.h"

static const struct log_config plain = {0};
static const struct log_config dated = {.date_format = "[T]"};
static const struct log_config json = {.json = true, .app = "web", .pm_id = 3, .is_err = true};

static void assert_text(const struct log_config *config, const char *bytes, bool in_line,
			const char *expected, bool ends_in_line)
{
	_cleanup_(str_done) struct str out = {};

	assert_int_equal(format_text(config, bytes, strlen(bytes), in_line, 0, &out), ends_in_line);
	assert_string_equal(str_cstr(&out), expected);
}

static void plain_text_is_passed_on(void **state)
{
	assert_text(&plain, "a\nb", false, "a\nb", true);
	assert_text(&plain, "c\n", true, "c\n", false);
	assert_true(format_is_plain(&plain));
	assert_false(format_is_plain(&dated));
	assert_false(format_is_plain(&json));
}

static void a_time_stands_at_line_starts_only(void **state)
{
	assert_text(&dated, "a\n\nb", false, "T: a\nT: \nT: b", true);
	assert_text(&dated, "c\nd\n", true, "c\nT: d\n", false);
}

static void nul_bytes_pass(void **state)
{
	_cleanup_(str_done) struct str out = {};

	assert_false(format_text(&dated, "a\0b\n", 4, false, 0, &out));
	assert_memory_equal(out.data, "T: a\0b\n", 7);
}

static json_t *parse(const char *line)
{
	json_t *object = json_loads(line, 0, NULL);

	assert_non_null(object);
	return object;
}

static void every_json_line_is_valid_whatever_the_bytes(void **state)
{
	_cleanup_(str_done) struct str out = {};
	char bytes[257];
	json_t *object;

	for (int i = 0; i < 256; i++)
		bytes[i] = (char)(i == '\n' ? ' ' : i);
	bytes[256] = '\n';
	assert_false(format_text(&json, bytes, sizeof(bytes), false, 1500000, &out));
	object = json_loadb(out.data, out.len, JSON_ALLOW_NUL, NULL);
	assert_non_null(object);
	assert_string_equal(json_string_value(json_object_get(object, "timestamp")),
			    "1970-01-01T00:00:01.500Z");
	assert_string_equal(json_string_value(json_object_get(object, "type")), "err");
	assert_int_equal(json_integer_value(json_object_get(object, "process_id")), 3);
	assert_string_equal(json_string_value(json_object_get(object, "app_name")), "web");
	/* 128 ASCII, 128 stray bytes of three each */
	assert_int_equal(json_string_length(json_object_get(object, "message")), 128 + 128 * 3);
	json_decref(object);
}

static void a_json_line_that_was_cut_leaves_the_rest_out(void **state)
{
	_cleanup_(str_done) struct str out = {};
	json_t *object;

	assert_true(format_text(&json, "begin \xc3", 7, false, 0, &out));
	object = parse(str_cstr(&out));
	assert_string_equal(json_string_value(json_object_get(object, "message")), "begin ");
	json_decref(object);
	str_clear(&out);
	assert_false(format_text(&json, "\xa4 rest\nnext\n", 12, true, 0, &out));
	object = parse(str_cstr(&out));
	assert_string_equal(json_string_value(json_object_get(object, "message")), "next");
	json_decref(object);
}

static void a_batch_of_one_file_may_end_anywhere(void **state)
{
	assert_int_equal(format_choose(&dated, "a\nbc", 4, false, false), 4);
	assert_int_equal(format_choose(&plain, "bc", 2, true, false), 2);
	assert_int_equal(format_choose(&plain, "", 0, true, false), 0);
}

static void a_batch_of_a_shared_file_ends_with_a_line(void **state)
{
	assert_int_equal(format_choose(&dated, "a\nbc", 4, false, true), 2);
	assert_int_equal(format_choose(&dated, "bc", 2, false, true), 0);
	assert_int_equal(format_choose(&json, "a\nbc", 4, false, false), 2);
	assert_int_equal(format_choose(&json, "bc", 2, false, false), 0);
	assert_int_equal(format_choose(&json, "rest of it", 10, true, false), 10);
}

static void a_line_that_fills_the_window_is_cut(void **state)
{
	static char window[FORMAT_WINDOW];

	memset(window, 'x', sizeof(window));
	assert_int_equal(format_choose(&json, window, sizeof(window), false, false), FORMAT_WINDOW);
	assert_int_equal(format_choose(&plain, window, sizeof(window), false, true), FORMAT_WINDOW);
	assert_int_equal(format_choose(&plain, window, sizeof(window) - 1, false, true), 0);
}

static void many_short_lines_make_a_bounded_text(void **state)
{
	static char window[FORMAT_WINDOW];

	memset(window, '\n', sizeof(window));
	assert_int_equal(format_choose(&json, window, sizeof(window), false, false), FORMAT_LINES);
	assert_int_equal(format_choose(&dated, window, sizeof(window), false, false), FORMAT_LINES);
	assert_int_equal(format_choose(&plain, window, sizeof(window), false, false),
			 FORMAT_WINDOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_is_passed_on),
		cmocka_unit_test(a_time_stands_at_line_starts_only),
		cmocka_unit_test(nul_bytes_pass),
		cmocka_unit_test(every_json_line_is_valid_whatever_the_bytes),
		cmocka_unit_test(a_json_line_that_was_cut_leaves_the_rest_out),
		cmocka_unit_test(a_batch_of_one_file_may_end_anywhere),
		cmocka_unit_test(a_batch_of_a_shared_file_ends_with_a_line),
		cmocka_unit_test(a_line_that_fills_the_window_is_cut),
		cmocka_unit_test(many_short_lines_make_a_bounded_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
