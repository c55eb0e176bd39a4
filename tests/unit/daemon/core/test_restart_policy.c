#include "daemon/core/restart_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

#include "shared/spec/app_spec.h"

#define DICE 0
#define DAY 86400000LL

static struct app_spec spec;

static int set_up(void **state)
{
	app_spec_init(&spec);
	return 0;
}

static int tear_down(void **state)
{
	app_spec_done(&spec);
	return 0;
}

static void a_late_crash_loop_ends_in_errored(void **state)
{
	struct restart_history hist = {0};
	int64_t now = 3 * DAY, delay;

	for (int i = 1; i < 16; i++) /* max_restarts is 16, as PM2's */
		assert_int_not_equal(
			restart_policy_exit(&hist, &spec, now += 1000, 900, DICE, &delay),
			RESTART_NEVER);
	assert_int_equal(restart_policy_exit(&hist, &spec, now += 1000, 900, DICE, &delay),
			 RESTART_NEVER);
}

static void short_lives_far_apart_are_no_loop(void **state)
{
	struct restart_history hist = {0};
	int64_t now = DAY, delay;

	for (int i = 0; i < 200; i++)
		assert_int_equal(
			restart_policy_exit(&hist, &spec, now += 20 * 60000, 10, DICE, &delay),
			RESTART_LATER);
}

static void the_window_slides(void **state)
{
	struct restart_history hist = {0};
	int64_t now = DAY, delay;

	for (int i = 0; i < 15; i++)
		restart_policy_exit(&hist, &spec, now += 1000, 10, DICE, &delay);
	assert_int_equal(restart_policy_short_lives(&hist, &spec, now), 15);
	assert_int_equal(
		restart_policy_short_lives(&hist, &spec, now + spec.restart_window_ms - 60000), 15);
	assert_int_equal(
		restart_policy_short_lives(&hist, &spec, now + spec.restart_window_ms + 60000), 0);
}

static void the_back_off_grows_by_half_up_to_15_s(void **state)
{
	static const int64_t expected[] = {100,	 150,  225,  337,  505,	  757,	 1135, 1702,
					   2553, 3829, 5743, 8614, 12921, 15000, 15000};
	struct restart_history hist = {0};
	int64_t now = DAY, delay;

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_int_equal(restart_policy_exit(&hist, &spec, now += 1000, 10, DICE, &delay),
				 RESTART_LATER);
		assert_int_equal(delay, expected[i]);
	}
}

static void jitter_adds_at_most_a_fifth(void **state)
{
	for (uint32_t dice = 0; dice < 5000; dice += 7) {
		struct restart_history hist = {0};
		int64_t delay;

		restart_policy_exit(&hist, &spec, DAY, 10, dice, &delay);
		assert_in_range(delay, 100, 120);
	}
}

static void a_good_life_makes_it_quick_again(void **state)
{
	struct restart_history hist = {0};
	int64_t delay;

	restart_policy_exit(&hist, &spec, DAY, 10, DICE, &delay);
	restart_policy_exit(&hist, &spec, DAY + 1000, 10, DICE, &delay);
	assert_int_equal(restart_policy_exit(&hist, &spec, DAY + 9000, 5000, DICE, &delay),
			 RESTART_NOW);
	restart_policy_exit(&hist, &spec, DAY + 9500, 10, DICE, &delay);
	assert_int_equal(delay, 100);
}

static void a_restart_delay_holds_after_every_life(void **state)
{
	struct restart_history hist = {0};
	int64_t delay;

	assert_int_equal(app_spec_set_text(&spec, SPEC_restart_delay, "3s", NULL), 0);
	assert_int_equal(restart_policy_exit(&hist, &spec, DAY, 99999, DICE, &delay),
			 RESTART_LATER);
	assert_int_equal(delay, 3000);
}

static void without_back_off_a_loop_runs_at_full_speed(void **state)
{
	struct restart_history hist = {0};
	int64_t delay;

	assert_int_equal(app_spec_set_text(&spec, SPEC_exp_backoff_restart_delay, "0", NULL), 0);
	assert_int_equal(restart_policy_exit(&hist, &spec, DAY, 10, DICE, &delay), RESTART_NOW);
}

static void a_billion_restarts_are_a_valid_limit(void **state)
{
	struct restart_history hist = {0};
	int64_t now = DAY, delay;

	assert_int_equal(app_spec_set_text(&spec, SPEC_max_restarts, "1000000000", NULL), 0);
	for (int i = 0; i < 100000; i++)
		assert_int_not_equal(restart_policy_exit(&hist, &spec, now += 1, 10, DICE, &delay),
				     RESTART_NEVER);
	assert_int_equal(restart_policy_short_lives(&hist, &spec, now), 100000);
}

static void a_window_of_nothing_does_not_divide_by_it(void **state)
{
	struct restart_history hist = {0};
	int64_t delay;

	spec.restart_window_ms = 0;
	assert_int_equal(restart_policy_exit(&hist, &spec, DAY, 10, DICE, &delay), RESTART_LATER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_late_crash_loop_ends_in_errored, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(short_lives_far_apart_are_no_loop, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_window_slides, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_back_off_grows_by_half_up_to_15_s, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(jitter_adds_at_most_a_fifth, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_good_life_makes_it_quick_again, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_restart_delay_holds_after_every_life, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(without_back_off_a_loop_runs_at_full_speed, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_billion_restarts_are_a_valid_limit, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_window_of_nothing_does_not_divide_by_it, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
