#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "shared/base/error.h"
#include "shared/base/mem.h"
#include "shared/spec/cron.h"

static struct cron parsed(const char *text)
{
	struct pmc_error err = {};
	struct cron cron = {};

	if (cron_parse(text, &cron, &err) < 0)
		fail_msg("'%s' is refused: %s", text, err.message);
	return cron;
}

static void same(const char *a, const char *b)
{
	struct cron x = parsed(a), y = parsed(b);

	if (x.off != y.off || x.any_day != y.any_day || x.any_weekday != y.any_weekday ||
	    x.seconds != y.seconds || x.minutes != y.minutes || x.hours != y.hours ||
	    x.days != y.days || x.months != y.months || x.weekdays != y.weekdays)
		fail_msg("'%s' is not '%s'", a, b);
}

static void refuses(const char *text, int column, const char *message)
{
	struct pmc_error err = {};
	struct cron cron = {.minutes = 42};

	if (cron_parse(text, &cron, &err) != -EINVAL)
		fail_msg("'%s' is taken", text);
	assert_int_equal(cron.minutes, 42);
	assert_string_equal(err.message, message);
	assert_int_equal(err.column, column);
	assert_int_equal(cron_parse(text, &cron, NULL), -EINVAL);
	assert_int_equal(cron_check(text, NULL), -EINVAL);
}

static void five_fields_have_no_second(void **state)
{
	struct cron cron = parsed("30 4 1,15 * 5");

	assert_false(cron.off);
	assert_int_equal(cron.seconds, 1);
	assert_int_equal(cron.minutes, UINT64_C(1) << 30);
	assert_int_equal(cron.hours, 1 << 4);
	assert_int_equal(cron.days, 1 << 1 | 1 << 15);
	assert_int_equal(cron.months, 0x1ffe);
	assert_int_equal(cron.weekdays, 1 << 5);
	assert_false(cron.any_day);
	assert_false(cron.any_weekday);
}

static void six_fields_begin_with_it(void **state)
{
	struct cron cron = parsed("*/20 * * * * sun");

	assert_int_equal(cron.seconds, 1 | 1 << 20 | UINT64_C(1) << 40);
	assert_int_equal(cron.hours, CRON_EVERY_HOUR);
	assert_true(cron.any_day);
	assert_false(cron.any_weekday);
	same("0 30 4 * * 1", "30 4 * * 1");
}

static void only_a_plain_star_leaves_a_day_open(void **state)
{
	struct cron cron = parsed("0 0 */1 * 0-6");

	assert_false(cron.any_day);
	assert_false(cron.any_weekday);
}

static void nicknames_are_what_they_say(void **state)
{
	same("@hourly", "0 * * * *");
	same("@daily", "0 0 * * *");
	same("@midnight", "@daily");
	same("@weekly", "0 0 * * 0");
	same("@monthly", "0 0 1 * *");
	same("@yearly", "0 0 1 1 *");
	same("@annually", "@yearly");
	same(" @Daily\t", "@daily");
}

static void blanks_may_be_any(void **state)
{
	same("  0\t3  * *\n* ", "0 3 * * *");
}

static void zero_and_nothing_are_off(void **state)
{
	assert_true(parsed("0").off);
	assert_true(parsed(" 0 ").off);
	assert_true(parsed("").off);
}

static void fields_too_few_or_too_many(void **state)
{
	refuses("* * *", 6, "expected 5 fields, or 6 with seconds first, found 3");
	refuses("1", 2, "expected 5 fields, or 6 with seconds first, found 1");
	refuses("  ", 3, "expected 5 fields, or 6 with seconds first, found 0");
	refuses("0 0 0 0", 8, "expected 5 fields, or 6 with seconds first, found 4");
	refuses("* * * * * * *", 13, "expected 5 fields, or 6 with seconds first, found 7");
	refuses("* * * * * * * * *", 13, "expected 5 fields, or 6 with seconds first, found 9");
	refuses("every day", 10, "expected 5 fields, or 6 with seconds first, found 2");
}

static void a_mistake_has_its_field_and_column(void **state)
{
	refuses("61 * * * *", 1, "minute 61: must be 0 to 59");
	refuses("61 * * * * *", 1, "second 61: must be 0 to 59");
	refuses("0 24 * * *", 3, "hour 24: must be 0 to 23");
	refuses("  0 5,24 * * *", 7, "hour 24: must be 0 to 23");
	refuses("0 0 L * *", 5, "day of month 'L': must be 1 to 31");
	refuses("0 0 * foo *", 7, "month 'foo': must be 1 to 12, or jan to dec");
	refuses("0 0 * * 1-9", 11, "day of week 9: must be 0 to 7, or sun to sat");
	refuses("0 0 \xc3\xa4,1 * *", 5, "day of month '\xc3\xa4': must be 1 to 31");
	refuses("0\xc2\xa0 24 * * *", 1, "minute '0\xc2\xa0': must be 0 to 59");
}

static void unknown_nicknames(void **state)
{
	refuses("@reboot", 1, "unknown nickname '@reboot'");
	refuses(" @dayly", 2, "unknown nickname '@dayly'");
	refuses("@", 1, "unknown nickname '@'");
	refuses("@\x1b[2J", 1, "unknown nickname '@\\x1b[2J'");
	refuses("@daily @daily", 14, "expected 5 fields, or 6 with seconds first, found 2");
	refuses("@daily * * * *", 1, "minute '@daily': must be 0 to 59");
}

/* A text as long as a request may be is read in one go, and its message is short. */
static void a_long_text_does_no_harm(void **state)
{
	const size_t len = 1 << 20;
	_cleanup_(mem_freep) char *text = mem_zalloc(len + 16);
	struct pmc_error err = {};
	struct cron cron;

	memset(text, '1', len);
	memcpy(text + len, " * * * *", 9);
	assert_int_equal(cron_parse(text, &cron, &err), -EINVAL);
	assert_true(strlen(err.message) < 100);
	for (size_t i = 1; i < len; i += 2)
		text[i] = ',';
	text[len - 1] = '1';
	assert_int_equal(cron_parse(text, &cron, &err), 0);
	memset(text, ' ', len);
	assert_int_equal(cron_parse(text, &cron, &err), -EINVAL);
	for (size_t i = 0; i < len; i += 2)
		text[i] = '*';
	assert_int_equal(cron_parse(text, &cron, &err), -EINVAL);
	assert_int_equal(err.column, 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_fields_have_no_second),
		cmocka_unit_test(six_fields_begin_with_it),
		cmocka_unit_test(only_a_plain_star_leaves_a_day_open),
		cmocka_unit_test(nicknames_are_what_they_say),
		cmocka_unit_test(blanks_may_be_any),
		cmocka_unit_test(zero_and_nothing_are_off),
		cmocka_unit_test(fields_too_few_or_too_many),
		cmocka_unit_test(a_mistake_has_its_field_and_column),
		cmocka_unit_test(unknown_nicknames),
		cmocka_unit_test(a_long_text_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
