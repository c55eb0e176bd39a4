#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>

#include "shared/base/units.h"

static void every_signal_has_a_name_that_leads_back(void **state)
{
	for (int signal = 1; signal <= SIGRTMAX; signal++) {
		const char *name = units_signal_name(signal);

		if (signal == 32 || signal == 33) /* the C library's own */
			continue;
		assert_true(strncmp(name, "SIG", 3) == 0);
		assert_int_equal(units_signal_number(name), signal);
		assert_int_equal(units_signal_number(name + 3), signal);
	}
}

static void names_are_the_ones_of_the_C_library(void **state)
{
	for (int signal = 1; signal < 32; signal++) {
		const char *abbreviation = sigabbrev_np(signal);

		if (signal != SIGIO) /* which it calls POLL */
			assert_string_equal(units_signal_name(signal) + 3, abbreviation);
	}
}

static void any_case_and_old_names(void **state)
{
	assert_int_equal(units_signal_number("sigint"), SIGINT);
	assert_int_equal(units_signal_number("Int"), SIGINT);
	assert_int_equal(units_signal_number("SIGIOT"), SIGABRT);
	assert_int_equal(units_signal_number("CLD"), SIGCHLD);
	assert_int_equal(units_signal_number("POLL"), SIGIO);
}

static void realtime_signals_count_from_both_ends(void **state)
{
	assert_string_equal(units_signal_name(SIGRTMIN), "SIGRTMIN");
	assert_string_equal(units_signal_name(SIGRTMIN + 1), "SIGRTMIN+1");
	assert_int_equal(units_signal_number("rtmin+3"), SIGRTMIN + 3);
	assert_int_equal(units_signal_number("SIGRTMAX"), SIGRTMAX);
	assert_int_equal(units_signal_number("SIGRTMAX-2"), SIGRTMAX - 2);
	assert_int_equal(units_signal_number("SIGRTMIN+31"), 0);
	assert_int_equal(units_signal_number("SIGRTMIN-1"), 0);
	assert_int_equal(units_signal_number("SIGRTMAX+1"), 0);
	assert_int_equal(units_signal_number("SIGRTMIN+"), 0);
	assert_int_equal(units_signal_number("SIGRTMIN+99999999999999999999"), 0);
}

static void what_is_no_signal(void **state)
{
	assert_int_equal(units_signal_number(""), 0);
	assert_int_equal(units_signal_number("SIG"), 0);
	assert_int_equal(units_signal_number("0"), 0);
	assert_int_equal(units_signal_number("-9"), 0);
	assert_int_equal(units_signal_number("65"), 0);
	assert_int_equal(units_signal_number("4294967305"), 0);
	assert_int_equal(units_signal_number("SIGSIGINT"), 0);
	assert_string_equal(units_signal_name(0), "unknown signal");
	assert_string_equal(units_signal_name(-1), "unknown signal");
	assert_string_equal(units_signal_name(65), "unknown signal");
	assert_string_equal(units_signal_name(32), "signal 32");
	assert_string_equal(units_signal_name(33), "signal 33");
}

static void the_nearest_name_is_guessed_only_when_near(void **state)
{
	assert_string_equal(units_signal_nearest("sigtrem"), "SIGTERM");
	assert_string_equal(units_signal_nearest("HPU"), "SIGHUP");
	assert_null(units_signal_nearest("completely different"));
	assert_null(units_signal_nearest("xyzzy"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_signal_has_a_name_that_leads_back),
		cmocka_unit_test(names_are_the_ones_of_the_C_library),
		cmocka_unit_test(any_case_and_old_names),
		cmocka_unit_test(realtime_signals_count_from_both_ends),
		cmocka_unit_test(what_is_no_signal),
		cmocka_unit_test(the_nearest_name_is_guessed_only_when_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
