#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "shared/base/error.h"
#include "shared/base/mem.h"
#include "shared/base/units.h"

static int64_t duration(const char *text)
{
	int64_t ms = -77;
	int r = units_parse_duration(text, &ms, NULL);

	return r < 0 ? r : ms;
}

static int64_t size(const char *text)
{
	int64_t bytes = -77;
	int r = units_parse_size(text, &bytes, NULL);

	return r < 0 ? r : bytes;
}

static void durations_as_people_write_them(void **state)
{
	assert_int_equal(duration("0"), 0);
	assert_int_equal(duration("1600"), 1600);
	assert_int_equal(duration("250ms"), 250);
	assert_int_equal(duration("10s"), 10000);
	assert_int_equal(duration("5m"), 300000);
	assert_int_equal(duration("1h"), 3600000);
	assert_int_equal(duration("2d"), 172800000);
	assert_int_equal(duration("1.5s"), 1500);
	assert_int_equal(duration(".5h"), 1800000);
	assert_int_equal(duration("0.1ms"), 0);
	assert_int_equal(duration("10S"), 10000);
	assert_int_equal(duration("1h30m"), 5400000);
	assert_int_equal(duration("1d2h3m4s5ms"), 93784005);
}

static void what_is_no_duration(void **state)
{
	static const char *const bad[] = {"",	  "s",	 "-1s",	 "+1s",	  "1x",	  "1 s",
					  " 1s",  "1s ", "1.s",	 "1..5s", "1h30", "30m1h",
					  "1s1s", "1e3", "0x10", "1h-5m", "ten",  "1,5s"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(duration(bad[i]), -EINVAL);
}

static void a_duration_ends_at_100_years(void **state)
{
	struct pmc_error err = {};
	int64_t ms = -1;

	assert_int_equal(duration("36500d"), INT64_C(3153600000000));
	assert_int_equal(duration("3153600000000"), INT64_C(3153600000000));
	assert_int_equal(duration("3153600000001"), -ERANGE);
	assert_int_equal(duration("36500d1ms"), -ERANGE);
	assert_int_equal(duration("9223372036854775807d"), -ERANGE);
	assert_int_equal(duration("99999999999999999999999999"), -ERANGE);
	assert_int_equal(units_parse_duration("36501d", &ms, &err), -ERANGE);
	assert_string_equal(err.message, "'36501d' is longer than 100 years");
	assert_int_equal(ms, -1);
}

static void the_error_says_how_to_write_it(void **state)
{
	struct pmc_error err = {};
	int64_t value;

	assert_int_equal(units_parse_duration("soon", &value, &err), -EINVAL);
	assert_string_equal(err.message, "'soon' is not a duration");
	assert_non_null(strstr(err.hint, "1h30m"));
	assert_int_equal(units_parse_size("big", &value, &err), -EINVAL);
	assert_string_equal(err.message, "'big' is not a size");
	assert_non_null(strstr(err.hint, "100M"));
}

static void sizes_are_1024_based_in_any_case(void **state)
{
	assert_int_equal(size("0"), 0);
	assert_int_equal(size("512"), 512);
	assert_int_equal(size("512B"), 512);
	assert_int_equal(size("64k"), 65536);
	assert_int_equal(size("100M"), 104857600);
	assert_int_equal(size("100MB"), 104857600);
	assert_int_equal(size("10MiB"), 10485760);
	assert_int_equal(size("10mib"), 10485760);
	assert_int_equal(size("0.5G"), 536870912);
	assert_int_equal(size("1T"), INT64_C(1099511627776));
	assert_int_equal(size("0.1K"), 102);
}

static void what_is_no_size(void **state)
{
	static const char *const bad[] = {"",	 "M",  "-1M", "1 M", "1i", "1iB", "1Mi",
					  "1MM", "1P", "1M ", "1.M", "M1", "1 ",  "1\xcb"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(size(bad[i]), -EINVAL);
	assert_int_equal(size("8388607T"), INT64_C(8388607) << 40);
	assert_int_equal(size("8388608T"), -ERANGE);
	assert_int_equal(size("8388607.9999999T"),
			 INT64_C(8388607) * (INT64_C(1) << 40) + INT64_C(1099511517824));
	assert_int_equal(size("9223372036854775808"), -ERANGE);
	assert_int_equal(size("9223372036854775807"), INT64_MAX);
}

static void endless_fractions_are_cut_not_overflowed(void **state)
{
	assert_int_equal(size("0.33333333333333333333333333333333333333333333T"),
			 INT64_C(366503875925));
	assert_int_equal(duration("0.99999999999999999999999999999999s"), 999);
}

static void whole_numbers(void **state)
{
	int64_t value = 5;

	assert_int_equal(units_parse_int("-42", &value, NULL), 0);
	assert_int_equal(value, -42);
	assert_int_equal(units_parse_int("+7", &value, NULL), 0);
	assert_int_equal(value, 7);
	assert_int_equal(units_parse_int("9223372036854775807", &value, NULL), 0);
	assert_true(value == INT64_MAX);
	assert_int_equal(units_parse_int("-9223372036854775808", &value, NULL), 0);
	assert_true(value == INT64_MIN);
	assert_int_equal(units_parse_int("9223372036854775808", &value, NULL), -ERANGE);
	assert_int_equal(units_parse_int("-9223372036854775809", &value, NULL), -ERANGE);
	assert_int_equal(units_parse_int("", &value, NULL), -EINVAL);
	assert_int_equal(units_parse_int("-", &value, NULL), -EINVAL);
	assert_int_equal(units_parse_int("1x", &value, NULL), -EINVAL);
	assert_int_equal(units_parse_int(" 1", &value, NULL), -EINVAL);
	assert_int_equal(units_parse_int("0x1", &value, NULL), -EINVAL);
	assert_int_equal(units_parse_int("--1", &value, NULL), -EINVAL);
	assert_true(value == INT64_MIN);
}

static void truth_has_many_words(void **state)
{
	static const char *const yes[] = {"true", "yes", "on", "1", "TRUE", "On"};
	static const char *const no[] = {"false", "no", "off", "0", "False", "OFF"};
	bool value;

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		value = false;
		assert_int_equal(units_parse_bool(yes[i], &value, NULL), 0);
		assert_true(value);
		assert_int_equal(units_parse_bool(no[i], &value, NULL), 0);
		assert_false(value);
	}
	assert_int_equal(units_parse_bool("", &value, NULL), -EINVAL);
	assert_int_equal(units_parse_bool("maybe", &value, NULL), -EINVAL);
	assert_int_equal(units_parse_bool("10", &value, NULL), -EINVAL);
}

static void signals_by_name_and_number(void **state)
{
	struct pmc_error err = {};
	int number = 0;

	assert_int_equal(units_parse_signal("SIGUSR2", &number, NULL), 0);
	assert_int_equal(number, SIGUSR2);
	assert_int_equal(units_parse_signal("10", &number, NULL), 0);
	assert_int_equal(number, SIGUSR1);
	assert_int_equal(units_parse_signal("SIGTREM", &number, &err), -EINVAL);
	assert_string_equal(err.message, "'SIGTREM' is not a signal");
	assert_string_equal(err.hint, "did you mean 'SIGTERM'?");
	assert_int_equal(units_parse_signal("nonsense", &number, &err), -EINVAL);
	assert_string_equal(err.hint, "");
	assert_int_equal(number, SIGUSR1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_as_people_write_them),
		cmocka_unit_test(what_is_no_duration),
		cmocka_unit_test(a_duration_ends_at_100_years),
		cmocka_unit_test(the_error_says_how_to_write_it),
		cmocka_unit_test(sizes_are_1024_based_in_any_case),
		cmocka_unit_test(what_is_no_size),
		cmocka_unit_test(endless_fractions_are_cut_not_overflowed),
		cmocka_unit_test(whole_numbers),
		cmocka_unit_test(truth_has_many_words),
		cmocka_unit_test(signals_by_name_and_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
