#include "tests/unit/shared/option/sample.h"

static void scalars_are_texts_as_written(void **state)
{
	sample_takes(SAMPLE_name, "web", "web");
	sample_takes_json(SAMPLE_name, "8080", "8080");
	sample_takes_json(SAMPLE_name, "true", "true");
	sample_refuses_json(SAMPLE_name, "['a']", "name: expected a text, found a list");
}

static void length_is_bounded(void **state)
{
	_cleanup_(mem_freep) char *huge = mem_zalloc(OPTION_STRING_MAX + 2);

	memset(huge, 'x', OPTION_STRING_MAX + 1);
	sample_takes(SAMPLE_name, "0123456789", "0123456789");
	sample_refuses(SAMPLE_name, "0123456789a", "name: 11 bytes long, at most 10 are allowed");
	sample_refuses(SAMPLE_name, "", "name: must not be empty");
	sample_refuses(SAMPLE_script_path, huge,
		       "script_path: 131072 bytes long, at most 131071 are allowed");
}

static void bytes_that_are_no_text_are_refused(void **state)
{
	sample_refuses(SAMPLE_name, "a\xff", "name: the text is not valid UTF-8");
	sample_refuses(SAMPLE_args, "a\xff", "args: the text is not valid UTF-8");
}

static void a_path_is_not_empty(void **state)
{
	sample_takes(SAMPLE_script_path, "./a b.js", "./a b.js");
	sample_refuses(SAMPLE_script_path, "", "script_path: the path must not be empty");
}

static void a_log_may_be_a_path_or_a_switch(void **state)
{
	struct sample sample;

	sample_takes(SAMPLE_log, "logs/all.log", "logs/all.log");
	sample_takes(SAMPLE_log, "true", "true");
	sample_takes_json(SAMPLE_log, "true", "true");
	sample_takes_json(SAMPLE_log, "false", "false");
	sample_takes(SAMPLE_log, "1", "1"); /* a file of this name */
	sample_init(&sample);
	assert_int_equal(option_set_text(&sample_rows[SAMPLE_log], &sample, "off", NULL), 0);
	assert_null(sample.log);
	sample_done(&sample);
}

static void the_table_may_ask_more_of_a_text(void **state)
{
	struct sample sample;
	struct pmc_error err = {};

	sample_takes(SAMPLE_tint, "blue", "blue");
	sample_refuses(SAMPLE_tint, "green", "tint: 'green' is no colour");
	sample_refuses_json(SAMPLE_tint, "7", "tint: '7' is no colour");
	sample_refuses(SAMPLE_tint, "very much red", "tint: 13 bytes long, at most 10 are allowed");
	sample_init(&sample);
	option_set_text(&sample_rows[SAMPLE_tint], &sample, "green", &err);
	assert_string_equal(err.hint, "");
	option_set_text(&sample_rows[SAMPLE_tint], &sample, "rad", &err);
	assert_string_equal(err.hint, "write red");
	sample_done(&sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalars_are_texts_as_written),
		cmocka_unit_test(length_is_bounded),
		cmocka_unit_test(bytes_that_are_no_text_are_refused),
		cmocka_unit_test(a_path_is_not_empty),
		cmocka_unit_test(a_log_may_be_a_path_or_a_switch),
		cmocka_unit_test(the_table_may_ask_more_of_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
