#include "tests/unit/shared/option/sample.h"

static void check(const char *text, int kind, int n)
{
	struct sample sample;

	sample_init(&sample);
	assert_int_equal(option_set_text(&sample_rows[SAMPLE_instances], &sample, text, NULL), 0);
	assert_int_equal(sample.instances.kind, kind);
	assert_int_equal(sample.instances.n, n);
	sample_done(&sample);
}

static void every_way_to_say_how_many(void **state)
{
	check("4", INSTANCES_COUNT, 4);
	check("max", INSTANCES_MAX, 0);
	check("0", INSTANCES_MAX, 0);
	check("-1", INSTANCES_MAX, -1);
	check("50%", INSTANCES_PERCENT, 50);
}

static void what_is_shown_is_taken_again(void **state)
{
	sample_takes(SAMPLE_instances, "4", "4");
	sample_takes(SAMPLE_instances, "0", "max");
	sample_takes(SAMPLE_instances, "MAX", "max");
	sample_takes(SAMPLE_instances, "-2", "-2");
	sample_takes(SAMPLE_instances, "150%", "150%");
	sample_takes_json(SAMPLE_instances, "3", "3");
}

static void the_rest_is_refused(void **state)
{
	sample_refuses(SAMPLE_instances, "many", "instances: 'many' is not a number of instances");
	sample_refuses(SAMPLE_instances, "101",
		       "instances: '101' is more than the most allowed, 100");
	sample_refuses(SAMPLE_instances, "0%",
		       "instances: '0%' is not a percentage from 1% to 1000%");
	sample_refuses(SAMPLE_instances, "%",
		       "instances: '%' is not a percentage from 1% to 1000%");
	sample_refuses(SAMPLE_instances, "1.5", "instances: '1.5' is not a number of instances");
	sample_refuses_json(SAMPLE_instances, "[1]",
			    "instances: expected a number of instances, found a list");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_to_say_how_many),
		cmocka_unit_test(what_is_shown_is_taken_again),
		cmocka_unit_test(the_rest_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
