#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "shared/base/mem.h"
#include "shared/model/state.h"

static void every_state_is_found_by_its_word(void **state)
{
	for (int i = 0; i < STATE_COUNT; i++) {
		enum instance_state found;

		assert_int_equal(state_from_word(state_word((enum instance_state)i), &found), 0);
		assert_int_equal(found, i);
	}
}

static void other_words_are_no_states(void **state)
{
	static const char *const bad[] = {"", "Online", "launching", "waiting restart", "online "};
	enum instance_state found = STATE_WAITING;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(state_from_word(bad[i], &found), -EINVAL);
	assert_int_equal(found, STATE_WAITING);
}

static void jlist_speaks_the_words_of_pm2(void **state)
{
	static const char *const pm2[] = {"online",    "stopping", "stopped",
					  "launching", "errored",  "waiting restart"};

	for (int i = 0; i < STATE_COUNT; i++) {
		size_t known = 0;

		while (known < ARRAY_SIZE(pm2) &&
		       strcmp(pm2[known], state_jlist_word((enum instance_state)i)) != 0)
			known++;
		assert_true(known < ARRAY_SIZE(pm2));
	}
	assert_string_equal(state_jlist_word(STATE_STARTING), "launching");
	assert_string_equal(state_jlist_word(STATE_UNHEALTHY), "online");
}

static void resting_states_have_no_process(void **state)
{
	for (int i = 0; i < STATE_COUNT; i++) {
		if (state_role((enum instance_state)i) == ROLE_RESTING)
			assert_false(state_has_process((enum instance_state)i));
		if (state_role((enum instance_state)i) == ROLE_GOOD)
			assert_true(state_has_process((enum instance_state)i));
	}
	assert_false(state_has_process(STATE_ERRORED));
	assert_int_equal(state_role(STATE_ERRORED), ROLE_BAD);
	assert_false(state_has_process(STATE_WAITING));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_is_found_by_its_word),
		cmocka_unit_test(other_words_are_no_states),
		cmocka_unit_test(jlist_speaks_the_words_of_pm2),
		cmocka_unit_test(resting_states_have_no_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
