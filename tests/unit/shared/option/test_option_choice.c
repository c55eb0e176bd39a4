#include "tests/unit/shared/option/sample.h"

static void booleans_as_people_write_them(void **state)
{
	static const char *const on[] = {"true", "yes", "on", "1", "YES"};
	static const char *const off[] = {"false", "no", "off", "0", "Off"};

	for (size_t i = 0; i < ARRAY_SIZE(on); i++) {
		sample_takes(SAMPLE_restart, on[i], "true");
		sample_takes(SAMPLE_restart, off[i], "false");
	}
	sample_takes_json(SAMPLE_restart, "false", "false");
	sample_takes_json(SAMPLE_restart, "0", "false");
	sample_refuses(SAMPLE_restart, "maybe", "restart: 'maybe' is not a boolean");
	sample_refuses_json(SAMPLE_restart, "[]", "restart: expected true or false, found a list");
}

static void words_have_other_spellings(void **state)
{
	sample_takes(SAMPLE_mode, "fork", "fork");
	sample_takes(SAMPLE_mode, "fork_mode", "fork");
	sample_takes(SAMPLE_mode, "cluster", "cluster");
}

static void half_a_word_is_no_word(void **state)
{
	struct sample sample;
	struct pmc_error err = {};

	sample_refuses(SAMPLE_mode, "for", "mode: 'for' is not one of its words");
	sample_refuses(SAMPLE_mode, "fork|fork_mode",
		       "mode: 'fork|fork_mode' is not one of its words");
	sample_refuses(SAMPLE_mode, "", "mode: '' is not one of its words");
	sample_init(&sample);
	option_set_text(&sample_rows[SAMPLE_mode], &sample, "x", &err);
	assert_string_equal(err.hint, "write fork or cluster");
	sample_done(&sample);
}

static void masks_are_octal_whoever_writes_them(void **state)
{
	sample_takes(SAMPLE_umask, "022", "0022");
	sample_takes(SAMPLE_umask, "0o27", "0027");
	sample_takes_json(SAMPLE_umask, "22", "0022");
	sample_refuses(SAMPLE_umask, "089", "umask: '089' is not an octal number");
	sample_refuses(SAMPLE_umask, "1777", "umask: '1777' is more than the most allowed, 777");
	sample_refuses(SAMPLE_umask, "-1", "umask: '-1' is not an octal number");
}

static void a_mask_that_was_not_given_is_minus_one(void **state)
{
	struct sample sample;
	json_t *json;

	sample_init(&sample);
	assert_int_equal(sample.umask, -1);
	assert_string_equal(sample_shown(&sample, SAMPLE_umask), "");
	json = option_to_json(&sample_rows[SAMPLE_umask], &sample);
	assert_true(json_is_null(json));
	json_decref(json);
	sample_done(&sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(booleans_as_people_write_them),
		cmocka_unit_test(words_have_other_spellings),
		cmocka_unit_test(half_a_word_is_no_word),
		cmocka_unit_test(masks_are_octal_whoever_writes_them),
		cmocka_unit_test(a_mask_that_was_not_given_is_minus_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
