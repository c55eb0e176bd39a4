#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/base/str.h"
#include "shared/base/units.h"

static void assert_duration(int64_t ms, const char *expected)
{
	_cleanup_(str_done) struct str out = {};
	int64_t back;

	units_format_duration(&out, ms);
	assert_string_equal(out.data, expected);
	assert_int_equal(units_parse_duration(out.data, &back, NULL), 0);
	assert_true(back == ms);
}

static void assert_size(int64_t bytes, const char *expected)
{
	_cleanup_(str_done) struct str out = {};
	int64_t back;

	units_format_size(&out, bytes);
	assert_string_equal(out.data, expected);
	assert_int_equal(units_parse_size(out.data, &back, NULL), 0);
	assert_true(back == bytes);
}

static void durations_are_exact_and_short(void **state)
{
	assert_duration(0, "0");
	assert_duration(1, "1ms");
	assert_duration(1600, "1600ms");
	assert_duration(5000, "5s");
	assert_duration(90000, "90s");
	assert_duration(5400000, "90m");
	assert_duration(86400000, "1d");
	assert_duration(90000000, "25h");
	assert_duration(INT64_C(3153600000000), "36500d");
}

static void sizes_are_exact_and_short(void **state)
{
	assert_size(0, "0");
	assert_size(1000, "1000");
	assert_size(1024, "1K");
	assert_size(104857600, "100M");
	assert_size(1536 << 20, "1536M");
	assert_size(INT64_C(1) << 40, "1T");
	assert_size(INT64_MAX, "9223372036854775807");
}

static void whatever_the_number_it_comes_back(void **state)
{
	uint64_t seed = 88172645463325252;

	for (int i = 0; i < 2000; i++) {
		_cleanup_(str_done) struct str out = {};
		int64_t value, back;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		value = (int64_t)(seed >> 23) << (seed & 7);
		units_format_size(&out, value);
		assert_int_equal(units_parse_size(out.data, &back, NULL), 0);
		assert_true(back == value);
		str_clear(&out);
		value %= INT64_C(3153600000000);
		units_format_duration(&out, value);
		assert_int_equal(units_parse_duration(out.data, &back, NULL), 0);
		assert_true(back == value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_exact_and_short),
		cmocka_unit_test(sizes_are_exact_and_short),
		cmocka_unit_test(whatever_the_number_it_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
