#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <time.h>

#include "cli/out/human.h"
#include "shared/base/str.h"

#define SECOND 1000LL
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static void expect_span(int64_t ms, const char *text)
{
	struct str out = {};

	human_uptime(&out, ms);
	assert_string_equal(str_cstr(&out), text);
	str_done(&out);
}

static void expect_size(int64_t bytes, const char *text)
{
	struct str out = {};

	human_memory(&out, bytes);
	assert_string_equal(str_cstr(&out), text);
	str_done(&out);
}

static void uptime_uses_a_unit_when_there_is_more_than_one_of_it(void **state)
{
	expect_span(0, "0");
	expect_span(-5, "0");
	expect_span(6 * SECOND, "6s");
	expect_span(119 * SECOND, "119s");
	expect_span(120 * SECOND, "2m");
	expect_span(119 * MINUTE, "119m");
	expect_span(2 * HOUR, "2h");
	expect_span(47 * HOUR, "47h");
	expect_span(2 * DAY, "2D");
	expect_span(59 * DAY, "59D");
	expect_span(60 * DAY, "2M");
	expect_span(800 * DAY, "2Y");
}

static void memory_has_one_decimal_and_binary_units(void **state)
{
	expect_size(0, "0b");
	expect_size(-1, "0b");
	expect_size(1023, "1023b");
	expect_size(1024, "1.0kb");
	expect_size(55260000, "52.7mb");
	expect_size(3LL << 30, "3.0gb");
	expect_size(5LL << 40, "5120.0gb");
}

static void a_moment_is_told_with_its_distance(void **state)
{
	struct str out = {};

	human_when(&out, 0, 5);
	assert_string_equal(out.data, "never");
	str_clear(&out);
	human_when(&out, 1700000000000000, 1700000180000000);
	assert_string_equal(out.data, "2023-11-14 22:13:20 (3 min ago)");
	str_clear(&out);
	human_when(&out, 1700000000000000, 1600000000000000); /* the clock was set back */
	assert_string_equal(out.data, "2023-11-14 22:13:20");
	str_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uptime_uses_a_unit_when_there_is_more_than_one_of_it),
		cmocka_unit_test(memory_has_one_decimal_and_binary_units),
		cmocka_unit_test(a_moment_is_told_with_its_distance),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
