#include "tests/unit/shared/option/sample.h"

static const char *found(const char *key)
{
	const struct option *opt = option_find(&sample_table, key);

	return opt ? opt->name : NULL;
}

static void options_are_found_by_every_spelling(void **state)
{
	assert_string_equal(found("script_path"), "script_path");
	assert_string_equal(found("scriptPath"), "script_path");
	assert_string_equal(found("app_name"), "name");
	assert_string_equal(found("appName"), "name");
	assert_string_equal(found("title"), "name");
}

static void what_only_looks_like_it_is_not_found(void **state)
{
	assert_null(found("ScriptPath"));
	assert_null(found("script-path"));
	assert_null(found("script_Path"));
	assert_null(found("scriptpath"));
	assert_null(found(""));
	assert_null(found("nam"));
}

static void a_typo_gets_a_suggestion(void **state)
{
	assert_string_equal(option_suggest(&sample_table, "instance"), "instances");
	assert_string_equal(option_suggest(&sample_table, "script-path"), "script_path");
	assert_string_equal(option_suggest(&sample_table, "srciptPath"), "script_path");
	assert_null(option_suggest(&sample_table, "colour"));
	assert_null(option_suggest(&sample_table,
				   "an_endless_key_that_nobody_can_have_meant_to_be_any_of_ours"));
}

static void flags_and_their_negation(void **state)
{
	bool negated = true;

	assert_ptr_equal(option_find_flag(&sample_table, "restart", &negated),
			 &sample_rows[SAMPLE_restart]);
	assert_false(negated);
	assert_ptr_equal(option_find_flag(&sample_table, "no-restart", &negated),
			 &sample_rows[SAMPLE_restart]);
	assert_true(negated);
	assert_null(option_find_flag(&sample_table, "no-wait", &negated));
	assert_null(option_find_flag(&sample_table, "name", &negated));
	assert_ptr_equal(option_find_short(&sample_table, 'r'), &sample_rows[SAMPLE_restart]);
	assert_null(option_find_short(&sample_table, 'q'));
	assert_null(option_find_short(&sample_table, '\0'));
}

static void defaults_come_back(void **state)
{
	struct sample sample;

	sample_init(&sample);
	assert_int_equal(sample.wait_ms, 1600);
	assert_true(sample.restart);
	assert_int_equal(sample.mode, 1);
	assert_null(sample.name);
	option_set_text(&sample_rows[SAMPLE_wait], &sample, "0", NULL);
	assert_int_equal(sample.wait_ms, 0);
	option_set_default(&sample_rows[SAMPLE_wait], &sample);
	assert_int_equal(sample.wait_ms, 1600);
	option_set_text(&sample_rows[SAMPLE_name], &sample, "x", NULL);
	option_set_default(&sample_rows[SAMPLE_name], &sample);
	assert_null(sample.name);
	sample_done(&sample);
}

static void a_copy_is_equal_and_its_own(void **state)
{
	static const char *const texts[SAMPLE_COUNT] = {
		"5s",
		"1M",
		"3",
		"false",
		"web",
		"a.js",
		"l.log",
		"fork",
		"027",
		"a b",
		"A B",
		"src",
		"1",
		"A=1",
		"max",
		"core=0",
		"SIGTERM 1s, SIGKILL",
		"red",
	};
	struct sample a, b = {};

	sample_init(&a);
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		struct pmc_error err = {};

		if (option_set_text(&sample_rows[i], &a, texts[i], &err) < 0)
			fail_msg("%s", err.message);
		option_copy(&sample_rows[i], &b, &a);
		assert_true(option_equal(&sample_rows[i], &a, &b));
		option_set_default(&sample_rows[i], &a);
		assert_false(option_equal(&sample_rows[i], &a, &b));
	}
	sample_done(&a);
	sample_done(&b);
}

static void every_type_has_a_word_and_a_schema(void **state)
{
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		_cleanup_(str_done) struct str word = {};
		json_t *schema = option_schema(&sample_rows[i]);

		assert_true(json_is_object(schema));
		assert_true(json_object_size(schema) > 0);
		json_decref(schema);
		option_type_word(&sample_rows[i], &word);
		assert_true(word.len > 0);
	}
}

static void an_enum_is_shown_by_its_words(void **state)
{
	_cleanup_(str_done) struct str word = {};

	option_type_word(&sample_rows[SAMPLE_mode], &word);
	assert_string_equal(word.data, "fork|cluster");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_found_by_every_spelling),
		cmocka_unit_test(what_only_looks_like_it_is_not_found),
		cmocka_unit_test(a_typo_gets_a_suggestion),
		cmocka_unit_test(flags_and_their_negation),
		cmocka_unit_test(defaults_come_back),
		cmocka_unit_test(a_copy_is_equal_and_its_own),
		cmocka_unit_test(every_type_has_a_word_and_a_schema),
		cmocka_unit_test(an_enum_is_shown_by_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
