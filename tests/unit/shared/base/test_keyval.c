#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/base/keyval.h"

static void a_name_occurs_once_and_keeps_its_place(void **state)
{
	_cleanup_(keyval_done) struct keyval env = {};

	keyval_set(&env, "PORT", "80");
	keyval_set(&env, "HOST", "a");
	keyval_set(&env, "PORT", "81");
	assert_int_equal(env.count, 2);
	assert_string_equal(env.pairs[0].name, "PORT");
	assert_string_equal(keyval_get(&env, "PORT"), "81");
	assert_null(keyval_get(&env, "port"));
}

static void a_value_may_be_set_from_itself(void **state)
{
	_cleanup_(keyval_done) struct keyval env = {};

	keyval_set(&env, "A", "one");
	keyval_set(&env, "A", keyval_get(&env, "A"));
	assert_string_equal(keyval_get(&env, "A"), "one");
}

static void later_ones_win_when_merged(void **state)
{
	_cleanup_(keyval_done) struct keyval base = {}, over = {};

	keyval_set(&base, "A", "1");
	keyval_set(&base, "B", "1");
	keyval_set(&over, "B", "2");
	keyval_set(&over, "C", "2");
	keyval_merge(&base, &over);
	assert_int_equal(base.count, 3);
	assert_string_equal(keyval_get(&base, "A"), "1");
	assert_string_equal(keyval_get(&base, "B"), "2");
	assert_string_equal(keyval_get(&base, "C"), "2");
}

static void order_does_not_count_for_equality(void **state)
{
	_cleanup_(keyval_done) struct keyval a = {}, b = {}, copy = {}, empty = {};

	keyval_set(&a, "A", "1");
	keyval_set(&a, "B", "2");
	keyval_set(&b, "B", "2");
	assert_false(keyval_equal(&a, &b));
	keyval_set(&b, "A", "x");
	assert_false(keyval_equal(&a, &b));
	keyval_set(&b, "A", "1");
	assert_true(keyval_equal(&a, &b));
	keyval_copy(&copy, &a);
	assert_true(keyval_equal(&copy, &a));
	keyval_done(&copy);
	keyval_copy(&copy, &empty);
	assert_int_equal(copy.count, 0);
}

static void an_environment_goes_in(void **state)
{
	char *const vector[] = {(char[]){"A=1"},    (char[]){"B=x=y"}, (char[]){"EMPTY="},
				(char[]){"broken"}, (char[]){"=odd"},  NULL};
	_cleanup_(keyval_done) struct keyval env = {};

	keyval_from_environ(&env, vector);
	assert_int_equal(env.count, 3);
	assert_string_equal(keyval_get(&env, "B"), "x=y");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_occurs_once_and_keeps_its_place),
		cmocka_unit_test(a_value_may_be_set_from_itself),
		cmocka_unit_test(later_ones_win_when_merged),
		cmocka_unit_test(order_does_not_count_for_equality),
		cmocka_unit_test(an_environment_goes_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
