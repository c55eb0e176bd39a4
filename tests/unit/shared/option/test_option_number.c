#include "tests/unit/shared/option/sample.h"

static void a_bare_number_is_milliseconds(void **state)
{
	sample_takes(SAMPLE_wait, "1600", "1600ms");
	sample_takes(SAMPLE_wait, "10s", "10s");
	sample_takes(SAMPLE_wait, "5m", "5m");
	sample_takes_json(SAMPLE_wait, "2500", "2500ms");
	sample_takes_json(SAMPLE_wait, "'1h'", "1h");
}

static void zero_means_zero(void **state)
{
	sample_takes(SAMPLE_wait, "0", "0");
	sample_takes_json(SAMPLE_wait, "0", "0");
}

static void durations_out_of_bounds_name_the_bound(void **state)
{
	sample_refuses(SAMPLE_wait, "2h", "wait: '2h' is more than the most allowed, 1h");
	sample_refuses(SAMPLE_wait, "-1", "wait: '-1' is not a duration");
	sample_refuses(SAMPLE_wait, "abc", "wait: 'abc' is not a duration");
	sample_refuses(SAMPLE_wait, "", "wait: '' is not a duration");
	sample_refuses(SAMPLE_wait, "200000d", "wait: '200000d' is out of range");
	sample_refuses_json(SAMPLE_wait, "[1]", "wait: expected a duration, found a list");
	sample_refuses_json(SAMPLE_wait, "{}", "wait: expected a duration, found a map");
	sample_refuses_json(SAMPLE_wait, "null", "wait: expected a duration, found nothing");
	sample_refuses_json(SAMPLE_wait, "true", "wait: 'true' is not a duration");
}

static void sizes_count_by_1024(void **state)
{
	sample_takes(SAMPLE_memory, "100M", "100M");
	sample_takes(SAMPLE_memory, "0.5G", "512M");
	sample_takes(SAMPLE_memory, "5000", "5000");
	sample_refuses(SAMPLE_memory, "100", "memory: '100' is less than the least allowed, 1K");
	sample_refuses(SAMPLE_memory, "much", "memory: 'much' is not a size");
}

static void whole_numbers_keep_their_sign(void **state)
{
	sample_takes(SAMPLE_nice, "-20", "-20");
	sample_takes_json(SAMPLE_nice, "19", "19");
	sample_refuses(SAMPLE_nice, "20", "nice: '20' is more than the most allowed, 19");
	sample_refuses(SAMPLE_nice, "1.5", "nice: '1.5' is not a whole number");
	sample_refuses(SAMPLE_nice, "99999999999999999999",
		       "nice: '99999999999999999999' is out of range");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bare_number_is_milliseconds),
		cmocka_unit_test(zero_means_zero),
		cmocka_unit_test(durations_out_of_bounds_name_the_bound),
		cmocka_unit_test(sizes_count_by_1024),
		cmocka_unit_test(whole_numbers_keep_their_sign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
