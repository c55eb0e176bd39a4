#include "shared/spec/cron_field.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "shared/base/error.h"
#include "shared/base/mem.h"

/* The set of the numbers from `from` to `to`, each `step`-th. */
static uint64_t every(int from, int to, int step)
{
	uint64_t set = 0;

	for (int value = from; value <= to; value += step)
		set |= UINT64_C(1) << value;
	return set;
}

static uint64_t one(int value)
{
	return every(value, value, 1);
}

static void takes(enum cron_field field, const char *text, uint64_t expected)
{
	struct pmc_error err = {};
	uint64_t set = 0;

	if (cron_field_read(field, text, strlen(text), &set, &err) < 0)
		fail_msg("'%s' is refused: %s", text, err.message);
	if (set != expected)
		fail_msg("'%s' is %#llx, not %#llx", text, (unsigned long long)set,
			 (unsigned long long)expected);
}

static void refuses(enum cron_field field, const char *text, int column, const char *message)
{
	struct pmc_error err = {};
	uint64_t set = 42;

	assert_int_equal(cron_field_read(field, text, strlen(text), &set, &err), -EINVAL);
	assert_int_equal(set, 42);
	assert_string_equal(err.message, message);
	assert_int_equal(err.column, column);
	assert_int_equal(cron_field_read(field, text, strlen(text), &set, NULL), -EINVAL);
}

static void values_lists_and_ranges(void **state)
{
	takes(CRON_FIELD_MINUTE, "*", every(0, 59, 1));
	takes(CRON_FIELD_MINUTE, "0", one(0));
	takes(CRON_FIELD_MINUTE, "59", one(59));
	takes(CRON_FIELD_MINUTE, "007", one(7));
	takes(CRON_FIELD_HOUR, "9-17", every(9, 17, 1));
	takes(CRON_FIELD_HOUR, "9-9", one(9));
	takes(CRON_FIELD_HOUR, "22,0-3,22", every(0, 3, 1) | one(22));
	takes(CRON_FIELD_HOUR, "1,*", every(0, 23, 1));
	takes(CRON_FIELD_DAY, "*", every(1, 31, 1));
	takes(CRON_FIELD_MONTH, "*", every(1, 12, 1));
}

static void steps(void **state)
{
	takes(CRON_FIELD_SECOND, "*/15", every(0, 59, 15));
	takes(CRON_FIELD_SECOND, "*/1", every(0, 59, 1));
	takes(CRON_FIELD_SECOND, "*/60", one(0));
	takes(CRON_FIELD_MINUTE, "10-30/7", every(10, 30, 7));
	takes(CRON_FIELD_MINUTE, "50/4", every(50, 58, 4));
	takes(CRON_FIELD_DAY, "*/10", every(1, 31, 10));
	takes(CRON_FIELD_MINUTE, "1,10-20/5,50/5", one(1) | every(10, 20, 5) | every(50, 55, 5));
	takes(CRON_FIELD_MONTH, "feb-nov/3", every(2, 11, 3));
}

static void names_in_any_case(void **state)
{
	takes(CRON_FIELD_MONTH, "jan", one(1));
	takes(CRON_FIELD_MONTH, "DEC", one(12));
	takes(CRON_FIELD_MONTH, "Mar-6,sep", every(3, 6, 1) | one(9));
	takes(CRON_FIELD_WEEKDAY, "sun", one(0));
	takes(CRON_FIELD_WEEKDAY, "mOn-FRI", every(1, 5, 1));
}

static void sunday_is_both_ends_of_the_week(void **state)
{
	takes(CRON_FIELD_WEEKDAY, "0", one(0));
	takes(CRON_FIELD_WEEKDAY, "7", one(0));
	takes(CRON_FIELD_WEEKDAY, "*", every(0, 6, 1));
	takes(CRON_FIELD_WEEKDAY, "5-7", one(0) | one(5) | one(6));
	takes(CRON_FIELD_WEEKDAY, "fri-sun", one(0) | one(5) | one(6));
	takes(CRON_FIELD_WEEKDAY, "0-3", every(0, 3, 1));
	takes(CRON_FIELD_WEEKDAY, "sat,sun", one(0) | one(6));
}

static void what_is_out_of_bounds_is_named(void **state)
{
	refuses(CRON_FIELD_SECOND, "60", 1, "second 60: must be 0 to 59");
	refuses(CRON_FIELD_MINUTE, "1,61", 3, "minute 61: must be 0 to 59");
	refuses(CRON_FIELD_HOUR, "20-24", 4, "hour 24: must be 0 to 23");
	refuses(CRON_FIELD_DAY, "0", 1, "day of month 0: must be 1 to 31");
	refuses(CRON_FIELD_DAY, "32", 1, "day of month 32: must be 1 to 31");
	refuses(CRON_FIELD_MONTH, "13", 1, "month 13: must be 1 to 12, or jan to dec");
	refuses(CRON_FIELD_WEEKDAY, "8", 1, "day of week 8: must be 0 to 7, or sun to sat");
	refuses(CRON_FIELD_MINUTE, "99999999999999999999", 1,
		"minute 99999999999999999999: must be 0 to 59");
	refuses(CRON_FIELD_HOUR, "17-9", 1, "hour 17-9: the range ends before it begins");
	refuses(CRON_FIELD_WEEKDAY, "fri-0", 1,
		"day of week fri-0: the range ends before it begins");
	refuses(CRON_FIELD_MINUTE, "*/0", 3, "minute step 0: must be 1 to 60");
	refuses(CRON_FIELD_MINUTE, "*/61", 3, "minute step 61: must be 1 to 60");
	refuses(CRON_FIELD_DAY, "1-9/4294967297", 5,
		"day of month step 4294967297: must be 1 to 31");
}

static void what_is_no_value_is_shown(void **state)
{
	refuses(CRON_FIELD_MINUTE, "x", 1, "minute 'x': must be 0 to 59");
	refuses(CRON_FIELD_MINUTE, "5x", 1, "minute '5x': must be 0 to 59");
	refuses(CRON_FIELD_MINUTE, "mon", 1, "minute 'mon': must be 0 to 59");
	refuses(CRON_FIELD_MINUTE, "+5", 1, "minute '+5': must be 0 to 59");
	refuses(CRON_FIELD_MINUTE, "1.5", 1, "minute '1.5': must be 0 to 59");
	refuses(CRON_FIELD_MONTH, "january", 1, "month 'january': must be 1 to 12, or jan to dec");
	refuses(CRON_FIELD_MONTH, "ebm", 1, "month 'ebm': must be 1 to 12, or jan to dec");
	refuses(CRON_FIELD_WEEKDAY, "**", 1, "day of week '**': must be 0 to 7, or sun to sat");
	refuses(CRON_FIELD_MINUTE, "*/x", 3, "minute step 'x': must be 1 to 60");
	refuses(CRON_FIELD_MINUTE, "*/*", 3, "minute step '*': must be 1 to 60");
	refuses(CRON_FIELD_MINUTE, "ä,ö", 1, "minute 'ä': must be 0 to 59");
	refuses(CRON_FIELD_MINUTE, "1,é", 3, "minute 'é': must be 0 to 59");
	refuses(CRON_FIELD_MINUTE, "\x1b[2J", 1, "minute '\\x1b[2J': must be 0 to 59");
}

static void what_is_cut_off_is_missing(void **state)
{
	static const char missing[] = "minute: a value is missing, must be 0 to 59";

	refuses(CRON_FIELD_MINUTE, "", 1, missing);
	refuses(CRON_FIELD_MINUTE, "-5", 1, missing);
	refuses(CRON_FIELD_MINUTE, "5-", 3, missing);
	refuses(CRON_FIELD_MINUTE, "1,,2", 3, missing);
	refuses(CRON_FIELD_MINUTE, "1,", 3, missing);
	refuses(CRON_FIELD_MINUTE, "/5", 1, missing);
	refuses(CRON_FIELD_MINUTE, "5/", 3, "minute step '': must be 1 to 60");
	refuses(CRON_FIELD_MINUTE, "1-2-3", 4, "minute: '-' is not expected here");
	refuses(CRON_FIELD_MINUTE, "*-3", 2, "minute: '-' is not expected here");
	refuses(CRON_FIELD_MINUTE, "1/2/3", 4, "minute: '/' is not expected here");
	refuses(CRON_FIELD_MINUTE, "1/2-3", 4, "minute: '-' is not expected here");
}

static void what_other_crons_have_gets_a_hint(void **state)
{
	static const char *const texts[] = {"L", "5L", "15W", "1#2", "?", "l"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct pmc_error err = {};
		uint64_t set;

		assert_int_equal(
			cron_field_read(CRON_FIELD_WEEKDAY, texts[i], strlen(texts[i]), &set, &err),
			-EINVAL);
		assert_string_equal(err.hint, "L, W, # and ? are not supported");
	}
}

static void only_the_field_is_read(void **state)
{
	struct pmc_error err = {};
	uint64_t set = 0;

	assert_int_equal(cron_field_read(CRON_FIELD_MINUTE, "1,25-30 0", 3, &set, &err), 0);
	assert_int_equal(set, one(1) | one(2));
	assert_int_equal(cron_field_read(CRON_FIELD_MINUTE, "1 61", 1, &set, &err), 0);
	assert_int_equal(set, one(1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_lists_and_ranges),
		cmocka_unit_test(steps),
		cmocka_unit_test(names_in_any_case),
		cmocka_unit_test(sunday_is_both_ends_of_the_week),
		cmocka_unit_test(what_is_out_of_bounds_is_named),
		cmocka_unit_test(what_is_no_value_is_shown),
		cmocka_unit_test(what_is_cut_off_is_missing),
		cmocka_unit_test(what_other_crons_have_gets_a_hint),
		cmocka_unit_test(only_the_field_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
