#include "daemon/core/turns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect_begin(struct turns *turns, size_t expected)
{
	size_t index;

	assert_true(turns_take(turns, &index));
	assert_int_equal(index, expected);
}

static void expect_wait(struct turns *turns)
{
	size_t index;

	assert_false(turns_take(turns, &index));
}

static void the_next_begins_when_the_one_before_is_done(void **state)
{
	struct turns turns = {.count = 3, .at_a_time = 1};

	for (size_t i = 0; i < 3; i++) {
		expect_begin(&turns, i);
		expect_wait(&turns);
		turns_end(&turns, true);
	}
	expect_wait(&turns);
	assert_true(turns_over(&turns));
}

static void as_many_at_a_time_as_were_asked_for(void **state)
{
	struct turns turns = {.count = 5, .at_a_time = 2};

	expect_begin(&turns, 0);
	expect_begin(&turns, 1);
	expect_wait(&turns);
	turns_end(&turns, false); /* a failure alone stops nothing */
	expect_begin(&turns, 2);
	turns_end(&turns, true);
	turns_end(&turns, true);
	expect_begin(&turns, 3);
	expect_begin(&turns, 4);
	assert_true(turns_over(&turns));
}

static void after_a_failure_the_rest_is_passed_over(void **state)
{
	struct turns turns = {.count = 4, .at_a_time = 2, .stop_at_failure = true};
	size_t index;

	expect_begin(&turns, 0);
	expect_begin(&turns, 1);
	assert_false(turns_skip(&turns, &index));
	turns_end(&turns, false);
	expect_wait(&turns);
	assert_true(turns_skip(&turns, &index));
	assert_int_equal(index, 2);
	assert_true(turns_skip(&turns, &index));
	assert_int_equal(index, 3);
	assert_false(turns_skip(&turns, &index));
	assert_true(turns_over(&turns));
	turns_end(&turns, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_begins_when_the_one_before_is_done),
		cmocka_unit_test(as_many_at_a_time_as_were_asked_for),
		cmocka_unit_test(after_a_failure_the_rest_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
