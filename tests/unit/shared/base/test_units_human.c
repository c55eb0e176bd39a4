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

	units_human_duration(&out, ms);
	assert_string_equal(out.data, expected);
}

static void assert_size(int64_t bytes, const char *expected)
{
	_cleanup_(str_done) struct str out = {};

	units_human_size(&out, bytes);
	assert_string_equal(out.data, expected);
}

static void one_unit_is_enough_for_a_person(void **state)
{
	assert_duration(0, "0 ms");
	assert_duration(999, "999 ms");
	assert_duration(1000, "1.0 s");
	assert_duration(3299, "3.2 s");
	assert_duration(10000, "10 s");
	assert_duration(59999, "59 s");
	assert_duration(60000, "1 min");
	assert_duration(12 * 60000, "12 min");
	assert_duration(3600000, "1 h");
	assert_duration(47 * 3600000, "47 h");
	assert_duration(48 * 3600000, "2 d");
	assert_duration(-5, "0 ms");
}

static void sizes_have_one_decimal(void **state)
{
	assert_size(0, "0 B");
	assert_size(1023, "1023 B");
	assert_size(1024, "1.0 KiB");
	assert_size(55259955, "52.7 MiB");
	assert_size(1048575, "1.0 MiB");
	assert_size(INT64_C(5) << 40, "5.0 TiB");
	assert_size(INT64_MAX, "8192.0 PiB");
	assert_size(-1, "0 B");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_unit_is_enough_for_a_person),
		cmocka_unit_test(sizes_have_one_decimal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
