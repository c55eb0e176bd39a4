#include "tests/unit/shared/option/sample.h"

static void a_text_is_split_as_a_shell_would(void **state)
{
	sample_takes(SAMPLE_args, "a \"b c\" 'd'", "a 'b c' d");
	sample_takes(SAMPLE_args, "--x=\"1 2\"", "'--x=\"1 2\"'"); /* as PM2 takes it */
	sample_takes(SAMPLE_args, "", "");
}

static void a_list_is_taken_as_it_is(void **state)
{
	sample_takes_json(SAMPLE_args, "['a b', 8080, true, '']", "'a b' 8080 true ''");
	sample_takes_json(SAMPLE_args, "[]", "");
	sample_takes_json(SAMPLE_args, "80", "80");
	sample_refuses_json(SAMPLE_args, "['a', ['b']]", "args: expected a text, found a list");
	sample_refuses_json(SAMPLE_args, "{'a': 1}",
			    "args: expected a text or a list, found a map");
}

static void what_is_shown_splits_into_the_same_words(void **state)
{
	sample_takes(SAMPLE_args, "\"it's\" '\"' '$HOME' '*'", "'it'\\''s' '\"' '$HOME' '*'");
}

static void an_open_quote_is_a_mistake(void **state)
{
	struct sample sample;
	struct pmc_error err = {};

	sample_init(&sample);
	assert_int_equal(option_set_text(&sample_rows[SAMPLE_args], &sample, "a 'b", &err),
			 -EINVAL);
	assert_true(str_starts(err.message, "args: "));
	assert_int_equal(sample.args.count, 0);
	sample_done(&sample);
}

static void too_many_words_are_refused(void **state)
{
	_cleanup_(str_done) struct str text = {};

	str_append_repeat(&text, 'x', 1);
	for (int i = 0; i < OPTION_ENTRIES_MAX; i++)
		str_append(&text, " x");
	sample_refuses(SAMPLE_args, text.data, "args: 4097 entries, at most 4096 are allowed");
}

static void names_are_split_at_commas_too(void **state)
{
	sample_takes(SAMPLE_names, "PASS, TOKEN KEY", "PASS, TOKEN, KEY");
	sample_takes_json(SAMPLE_names, "['PASS','TOKEN']", "PASS, TOKEN");
	sample_refuses_json(SAMPLE_names, "{}", "names: expected names or a list, found a map");
}

static void watch_is_a_switch_or_a_list(void **state)
{
	struct sample sample;

	sample_takes(SAMPLE_watch, "true", "true");
	sample_takes(SAMPLE_watch, "no", "false");
	sample_takes(SAMPLE_watch, "src lib", "src lib");
	sample_takes_json(SAMPLE_watch, "['src']", "src");
	sample_takes_json(SAMPLE_watch, "['on']", "'on'"); /* a folder of this name */
	sample_init(&sample);
	assert_int_equal(option_set_text(&sample_rows[SAMPLE_watch], &sample, "src", NULL), 0);
	assert_true(sample.watch.on);
	sample_done(&sample);
	sample_refuses_json(SAMPLE_watch, "{}",
			    "watch: expected true, false, a text or a list, found a map");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_split_as_a_shell_would),
		cmocka_unit_test(a_list_is_taken_as_it_is),
		cmocka_unit_test(what_is_shown_splits_into_the_same_words),
		cmocka_unit_test(an_open_quote_is_a_mistake),
		cmocka_unit_test(too_many_words_are_refused),
		cmocka_unit_test(names_are_split_at_commas_too),
		cmocka_unit_test(watch_is_a_switch_or_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
