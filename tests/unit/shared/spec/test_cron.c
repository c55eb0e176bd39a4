#include "shared/spec/cron.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/error.h"
#include "shared/base/mem.h"

#define SHAPE "%Y-%m-%d %H:%M:%S"

static struct cron parsed(const char *text)
{
	struct pmc_error err = {};
	struct cron cron = {};

	if (cron_parse(text, &cron, &err) < 0)
		fail_msg("'%s' is refused: %s", text, err.message);
	return cron;
}

/* "2026-02-28 12:00:00" */
static struct tm at(const char *text)
{
	struct tm tm = {};
	const char *end = strptime(text, SHAPE, &tm);

	assert_non_null(end);
	assert_int_equal(*end, '\0');
	return tm;
}

/* After `from`, the expression comes at each of `expected` in turn; NULL ends them. */
static void comes(const char *text, const char *from, const char *const *expected)
{
	struct cron cron = parsed(text);
	struct tm now = at(from), next = {};
	char shown[64];

	for (; *expected; expected++, now = next) {
		assert_int_equal(cron_next(&cron, now, &next), 0);
		strftime(shown, sizeof(shown), SHAPE, &next);
		if (strcmp(shown, *expected) != 0)
			fail_msg("'%s' comes at %s, not at %s", text, shown, *expected);
		assert_true(cron_matches(&cron, &next));
	}
}

#define COMES(text, from, ...) comes(text, from, (const char *const[]){__VA_ARGS__, NULL})

static void minutes_and_hours(void **state)
{
	COMES("* * * * *", "2026-03-10 23:58:59", "2026-03-10 23:59:00", "2026-03-11 00:00:00");
	COMES("*/15 * * * *", "2026-03-10 10:15:00", "2026-03-10 10:30:00", "2026-03-10 10:45:00",
	      "2026-03-10 11:00:00");
	COMES("0 3 * * *", "2026-03-10 02:59:59", "2026-03-10 03:00:00", "2026-03-11 03:00:00");
	COMES("59 23 * * *", "2026-12-31 23:59:00", "2027-01-01 23:59:00");
	COMES("30 9-11/2,20 * * *", "2026-03-10 09:00:00", "2026-03-10 09:30:00",
	      "2026-03-10 11:30:00", "2026-03-10 20:30:00", "2026-03-11 09:30:00");
}

static void seconds(void **state)
{
	COMES("*/20 * * * * *", "2026-03-10 23:59:19", "2026-03-10 23:59:20", "2026-03-10 23:59:40",
	      "2026-03-11 00:00:00");
	COMES("59 59 23 31 12 *", "2026-12-31 23:59:58", "2026-12-31 23:59:59",
	      "2027-12-31 23:59:59");
	COMES("* * * * * *", "2026-12-31 23:59:59", "2027-01-01 00:00:00");
}

static void days_and_months(void **state)
{
	COMES("0 0 1 * *", "2026-01-31 12:00:00", "2026-02-01 00:00:00", "2026-03-01 00:00:00");
	COMES("0 0 31 * *", "2026-03-31 00:00:00", "2026-05-31 00:00:00", "2026-07-31 00:00:00",
	      "2026-08-31 00:00:00");
	COMES("0 12 * jun-aug/2 *", "2026-06-30 12:00:00", "2026-08-01 12:00:00");
	COMES("@yearly", "2026-01-01 00:00:00", "2027-01-01 00:00:00");
}

static void days_of_the_week(void **state)
{
	/* 2026-03-10 is a Tuesday */
	COMES("0 8 * * mon-fri", "2026-03-13 08:00:00", "2026-03-16 08:00:00");
	COMES("0 8 * * 7", "2026-03-10 00:00:00", "2026-03-15 08:00:00", "2026-03-22 08:00:00");
	COMES("@weekly", "2026-03-15 00:00:00", "2026-03-22 00:00:00");
	COMES("0 0 * feb tue", "2026-03-10 00:00:00", "2027-02-02 00:00:00");
}

static void both_day_fields_mean_either(void **state)
{
	COMES("0 0 13 * fri", "2026-03-06 00:00:00", "2026-03-13 00:00:00", "2026-03-20 00:00:00",
	      "2026-03-27 00:00:00", "2026-04-03 00:00:00", "2026-04-10 00:00:00",
	      "2026-04-13 00:00:00");
	COMES("0 0 13 * *", "2026-03-06 00:00:00", "2026-03-13 00:00:00", "2026-04-13 00:00:00");
	COMES("0 0 1 apr wed", "2026-03-06 00:00:00", "2026-04-01 00:00:00", "2026-04-08 00:00:00");
}

static void the_leap_day(void **state)
{
	COMES("0 0 29 2 *", "2024-02-29 00:00:00", "2028-02-29 00:00:00", "2032-02-29 00:00:00");
	COMES("0 0 29 2 *", "2096-02-29 00:00:00", "2104-02-29 00:00:00");
	COMES("0 0 29 2 *", "1999-03-01 00:00:00", "2000-02-29 00:00:00");
	COMES("0 0 28-31 2 *", "2100-02-28 00:00:00", "2101-02-28 00:00:00");
}

static void behind_a_leap_second_comes_the_next_minute(void **state)
{
	COMES("* * * * * *", "2016-12-31 23:59:60", "2017-01-01 00:00:00");
	COMES("0 * * * * *", "2016-06-30 11:59:60", "2016-06-30 12:00:00");
}

static void a_day_that_never_comes(void **state)
{
	struct cron never = parsed("0 0 30 2 *"), off = parsed("0");
	struct tm next = {.tm_year = 42}, now = at("2026-03-10 00:00:00");

	assert_int_equal(cron_next(&never, now, &next), -ERANGE);
	assert_int_equal(cron_next(&off, now, &next), -ERANGE);
	assert_false(cron_matches(&off, &now));
	assert_int_equal(next.tm_year, 42);
}

static void only_the_second_itself_matches(void **state)
{
	struct cron cron = parsed("30 15 10 * * tue");
	struct tm now = at("2026-03-10 10:15:30"), later = at("2026-03-10 10:15:31"),
		  wednesday = at("2026-03-11 10:15:30");

	now.tm_wday = 6; /* is not believed */
	assert_true(cron_matches(&cron, &now));
	assert_false(cron_matches(&cron, &later));
	assert_false(cron_matches(&cron, &wednesday));
}

static void what_is_no_date_is_refused(void **state)
{
	struct cron cron = parsed("* * * * * *");
	const struct tm good = at("2026-02-28 10:15:30");
	struct tm bad[13], next;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		bad[i] = good;
	bad[0].tm_sec = 61;
	bad[1].tm_sec = -1;
	bad[2].tm_min = 60;
	bad[3].tm_hour = 24;
	bad[4].tm_hour = -1;
	bad[5].tm_mday = 29;
	bad[6].tm_mday = 0;
	bad[7].tm_mon = 12;
	bad[8].tm_mon = -1;
	bad[9].tm_year = -1;
	bad[10].tm_year = INT_MAX;
	bad[11].tm_mon = INT_MAX;
	bad[12].tm_min = INT_MIN;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(cron_next(&cron, bad[i], &next), -EINVAL);
		assert_false(cron_matches(&cron, &bad[i]));
	}
	assert_int_equal(cron_next(&cron, good, &next), 0);
}

/* Our calendar is that of the C library, over four centuries and at both ends. */
static void the_calendar_is_the_c_librarys(void **state)
{
	struct cron noon = parsed("0 12 * * *");
	struct tm now = at("1900-01-01 00:00:00"), next, checked;

	for (int day = 0; day < 146097; day++, now = next) {
		time_t when;

		assert_int_equal(cron_next(&noon, now, &next), 0);
		checked = next;
		when = timegm(&checked);
		gmtime_r(&when, &checked);
		assert_int_equal(checked.tm_year, next.tm_year);
		assert_int_equal(checked.tm_mon, next.tm_mon);
		assert_int_equal(checked.tm_mday, next.tm_mday);
		assert_int_equal(checked.tm_wday, next.tm_wday);
		assert_int_equal(checked.tm_yday, next.tm_yday);
		assert_int_equal(next.tm_isdst, -1);
	}
	assert_int_equal(next.tm_year, 400 - 1);
	assert_int_equal(cron_next(&noon, at("9999-12-31 12:00:00"), &next), 0);
	assert_int_equal(next.tm_year, 10000 - 1900);
}

/* Second by second for six hours, cron_next() finds what cron_matches() says, and skips nothing. */
static void next_is_the_first_that_matches(void **state)
{
	static const char *const texts[] = {"7-59/13 3,58 */5 * * *", "0 0 29 2 *", "1 1 1 1 * 2",
					    "*/59 59 23 28-31 * 3"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct cron cron = parsed(texts[i]);
		struct tm start = at("2028-02-28 22:00:00"), found, now = start;
		time_t second = timegm(&start);

		for (int passed = 0; passed < 6 * 3600; passed++) {
			bool matches;

			assert_int_equal(cron_next(&cron, now, &found), 0);
			second++;
			gmtime_r(&second, &now);
			matches = cron_matches(&cron, &now);
			assert_int_equal(timegm(&found) == second, matches);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(minutes_and_hours),
		cmocka_unit_test(seconds),
		cmocka_unit_test(days_and_months),
		cmocka_unit_test(days_of_the_week),
		cmocka_unit_test(both_day_fields_mean_either),
		cmocka_unit_test(the_leap_day),
		cmocka_unit_test(behind_a_leap_second_comes_the_next_minute),
		cmocka_unit_test(a_day_that_never_comes),
		cmocka_unit_test(only_the_second_itself_matches),
		cmocka_unit_test(what_is_no_date_is_refused),
		cmocka_unit_test(the_calendar_is_the_c_librarys),
		cmocka_unit_test(next_is_the_first_that_matches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
