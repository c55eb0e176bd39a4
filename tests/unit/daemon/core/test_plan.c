#include "daemon/core/plan.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void scale_takes_n_plus_n_and_minus_n(void **state)
{
	int count;

	assert_int_equal(plan_scale_target("4", 2, &count, NULL), 0);
	assert_int_equal(count, 4);
	assert_int_equal(plan_scale_target("+2", 2, &count, NULL), 0);
	assert_int_equal(count, 4);
	assert_int_equal(plan_scale_target("-1", 2, &count, NULL), 0);
	assert_int_equal(count, 1);
	assert_int_equal(plan_scale_target("0", 2, &count, NULL), 0);
	assert_int_equal(count, 0);
}

static void scale_refuses_nonsense(void **state)
{
	int count = 77;

	assert_int_equal(plan_scale_target("2", 2, &count, NULL), -EALREADY);
	assert_int_equal(plan_scale_target("-3", 2, &count, NULL), -EINVAL);
	assert_int_equal(plan_scale_target("4097", 2, &count, NULL), -EINVAL);
	assert_int_equal(plan_scale_target("many", 2, &count, NULL), -EINVAL);
	assert_int_equal(plan_scale_target("", 2, &count, NULL), -EINVAL);
	assert_int_equal(count, 77);
}

static void a_new_instance_takes_the_lowest_free_number(void **state)
{
	assert_int_equal(plan_free_number(NULL, 0), 0);
	assert_int_equal(plan_free_number((int[]){0, 1, 3}, 3), 2);
	assert_int_equal(plan_free_number((int[]){2, 1, 0}, 3), 3);
}

static void the_highest_number_goes_first(void **state)
{
	assert_int_equal(plan_highest((int[]){1, 5, 3}, 3), 1);
	assert_int_equal(plan_highest(NULL, 0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scale_takes_n_plus_n_and_minus_n),
		cmocka_unit_test(scale_refuses_nonsense),
		cmocka_unit_test(a_new_instance_takes_the_lowest_free_number),
		cmocka_unit_test(the_highest_number_goes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
