#include "tests/unit/shared/option/sample.h"

static void exit_codes_in_every_shape(void **state)
{
	sample_takes(SAMPLE_codes, "0", "0");
	sample_takes(SAMPLE_codes, "1 2", "1 2");
	sample_takes(SAMPLE_codes, "1,2", "1 2");
	sample_takes_json(SAMPLE_codes, "42", "42");
	sample_takes_json(SAMPLE_codes, "[0, '1', 255]", "0 1 255");
	sample_takes_json(SAMPLE_codes, "[]", "");
}

static void each_number_is_checked(void **state)
{
	sample_refuses(SAMPLE_codes, "1 x", "codes: 'x' is not a whole number");
	sample_refuses(SAMPLE_codes, "1 256", "codes: 256 is not between 0 and 255");
	sample_refuses_json(SAMPLE_codes, "[[1]]", "codes: expected a text, found a list");
}

static void lists_are_equal_by_their_numbers(void **state)
{
	const struct option *opt = &sample_rows[SAMPLE_codes];
	struct sample a, b;

	sample_init(&a);
	sample_init(&b);
	assert_true(option_equal(opt, &a, &b));
	option_set_text(opt, &a, "1 2", NULL);
	assert_false(option_equal(opt, &a, &b));
	option_copy(opt, &b, &a);
	assert_true(option_equal(opt, &a, &b));
	option_set_text(opt, &b, "2 1", NULL);
	assert_false(option_equal(opt, &a, &b));
	sample_done(&a);
	sample_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_codes_in_every_shape),
		cmocka_unit_test(each_number_is_checked),
		cmocka_unit_test(lists_are_equal_by_their_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
