#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "shared/base/clock.h"
#include "shared/base/str.h"

/* Friday, 14 July 2017, 02:40:00.123456 UTC */
#define THEN INT64_C(1500000000123456)

static void assert_format(const char *zone, const char *format, int64_t wall_us,
			  const char *expected)
{
	_cleanup_(str_done) struct str out = {};

	setenv("TZ", zone, 1);
	tzset();
	clock_format(&out, format, wall_us);
	assert_string_equal(str_cstr(&out), expected);
}

static void the_clocks_run_and_agree(void **state)
{
	int64_t ms = clock_now_ms(), wall = clock_wall_us();
	uint64_t ns = clock_now_ns();

	assert_true(ms > 0);
	assert_true(clock_now_ms() >= ms);
	assert_true(clock_now_ns() >= ns);
	assert_true((int64_t)(ns / 1000000) >= ms);
	assert_true((int64_t)(ns / 1000000) - ms < 60000);
	assert_true(wall > THEN);
}

static void what_pm2_calls_a_date_format(void **state)
{
	assert_format("UTC", "YYYY-MM-DD HH:mm:ss.SSS Z", THEN, "2017-07-14 02:40:00.123 +00:00");
	assert_format("UTC", "DD-MM-YYYY", THEN, "14-07-2017");
	assert_format("UTC", "YYYY-MM-DDTHH:mm:ss", THEN, "2017-07-14T02:40:00");
}

static void every_token_of_dayjs(void **state)
{
	assert_format("UTC", "YY M MMM MMMM D d dd ddd dddd", THEN,
		      "17 7 Jul July 14 5 Fr Fri Friday");
	assert_format("UTC", "H h hh m s A a X x", THEN,
		      "2 2 02 40 0 AM am 1500000000 1500000000123");
	assert_format("UTC", "h A", THEN + INT64_C(10) * 3600000000, "12 PM");
	assert_format("UTC", "h A", THEN - INT64_C(2) * 3600000000, "12 AM");
	assert_format("UTC", "hh a", THEN + INT64_C(12) * 3600000000, "02 pm");
}

static void the_zone_in_all_its_shapes(void **state)
{
	assert_format("IST-5:30", "HH:mm Z ZZ", THEN, "08:10 +05:30 +0530");
	assert_format("NST3:30", "HH:mm Z", THEN, "23:10 -03:30");
	assert_format("CET-1CEST,M3.5.0,M10.5.0/3", "HH Z", THEN, "04 +02:00");
}

static void brackets_and_other_characters_stay(void **state)
{
	assert_format("UTC", "[YYYY] YYYY [at] H", THEN, "YYYY 2017 at 2");
	assert_format("UTC", "[open H", THEN, "[open 2");
	assert_format("UTC", "[] | é %d S SS Y", THEN, "[] | é %5 S SS Y");
	assert_format("UTC", "", THEN, "");
}

static void runs_longer_than_any_token(void **state)
{
	assert_format("UTC", "HHH", THEN, "022");
	assert_format("UTC", "YYYYYY", THEN, "201717");
	assert_format("UTC", "MMMMM", THEN, "July7");
	assert_format("UTC", "SSSS", THEN, "123S");
}

static void before_1970_the_milliseconds_count_forward(void **state)
{
	assert_format("UTC", "YYYY-MM-DD HH:mm:ss.SSS x", -1, "1969-12-31 23:59:59.999 -1");
}

static void iso_is_utc_whatever_the_zone(void **state)
{
	_cleanup_(str_done) struct str out = {};

	setenv("TZ", "IST-5:30", 1);
	tzset();
	clock_format_iso(&out, THEN);
	assert_string_equal(out.data, "2017-07-14T02:40:00.123Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_clocks_run_and_agree),
		cmocka_unit_test(what_pm2_calls_a_date_format),
		cmocka_unit_test(every_token_of_dayjs),
		cmocka_unit_test(the_zone_in_all_its_shapes),
		cmocka_unit_test(brackets_and_other_characters_stay),
		cmocka_unit_test(runs_longer_than_any_token),
		cmocka_unit_test(before_1970_the_milliseconds_count_forward),
		cmocka_unit_test(iso_is_utc_whatever_the_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
