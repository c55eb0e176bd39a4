#include "tests/unit/shared/option/sample.h"

#include <signal.h>

static void one_signal_waits_for_kill_timeout(void **state)
{
	struct sample sample;

	sample_init(&sample);
	assert_int_equal(option_set_text(&sample_rows[SAMPLE_stop], &sample, "SIGTERM", NULL), 0);
	assert_int_equal(sample.stop.count, 1);
	assert_int_equal(sample.stop.step[0].signal, SIGTERM);
	assert_int_equal(sample.stop.step[0].wait_ms, SPEC_WAIT_KILL_TIMEOUT);
	sample_done(&sample);
}

static void a_sequence_has_a_wait_for_each_step(void **state)
{
	struct sample sample;

	sample_init(&sample);
	assert_int_equal(option_set_text(&sample_rows[SAMPLE_stop], &sample,
					 "SIGINT 5s, SIGTERM 250ms, SIGKILL", NULL),
			 0);
	assert_int_equal(sample.stop.count, 3);
	assert_int_equal(sample.stop.step[0].wait_ms, 5000);
	assert_int_equal(sample.stop.step[1].signal, SIGTERM);
	assert_int_equal(sample.stop.step[1].wait_ms, 250);
	assert_int_equal(sample.stop.step[2].signal, SIGKILL);
	sample_done(&sample);
}

static void what_is_shown_is_taken_again(void **state)
{
	sample_takes(SAMPLE_stop, "int", "SIGINT");
	sample_takes(SAMPLE_stop, "2 1s,kill", "SIGINT 1s, SIGKILL");
	sample_takes_json(SAMPLE_stop, "['SIGINT 5s', 'SIGKILL']", "SIGINT 5s, SIGKILL");
}

static void the_rest_is_refused(void **state)
{
	sample_refuses(SAMPLE_stop, "SIGFOO", "stop: 'SIGFOO' is not a signal");
	sample_refuses(SAMPLE_stop, "", "stop: no signal is named");
	sample_refuses(SAMPLE_stop, "SIGINT soon", "stop: 'soon' is not a wait of at most a day");
	sample_refuses(SAMPLE_stop, "SIGINT 2d", "stop: '2d' is not a wait of at most a day");
	sample_refuses(SAMPLE_stop, "SIGINT 5s x",
		       "stop: 'SIGINT 5s x' is not a signal and a wait");
	sample_refuses(SAMPLE_stop, "1,2,3,4,5,6,7,8,9", "stop: more than 8 steps");
	sample_refuses_json(SAMPLE_stop, "{}", "stop: expected a signal, found a map");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_signal_waits_for_kill_timeout),
		cmocka_unit_test(a_sequence_has_a_wait_for_each_step),
		cmocka_unit_test(what_is_shown_is_taken_again),
		cmocka_unit_test(the_rest_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
