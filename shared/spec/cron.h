/* cron: what "0 3 * * mon-fri" means, as calendar time: does a time match, and which comes next.
 *
 * Pure. It knows no time zone, no clock and no timer: whoever restarts apps by it asks with a local
 * calendar time and decides which instant the answer is (see cron_next()).
 *
 * An expression has 5 fields (minute, hour, day of month, month, day of week), or 6 with the second
 * first: `*`, values, lists, ranges (1-5), steps (behind `*`, a range, or 7/2 for 7 to the end),
 * three-letter names of months and days in any case. Sunday is 0 and 7, and may end a range by its
 * name (fri-sun). @hourly, @daily, @midnight, @weekly, @monthly, @yearly and @annually stand for
 * what they say. "0", or nothing, is off, as with PM2. No `L`, `W`, `#`, `?`.
 *
 * When neither day field is `*`, a day matches that is in either of them: the rule of vixie cron,
 * and of croner's `legacyMode`. PM2's own croner (4.1) wants it in both. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct pmc_error;

struct cron {
	bool off;		   /* never; then nothing below is set */
	bool any_day, any_weekday; /* the field is `*` */
	/* Bit n: n is in the field. January is 1, Sunday 0. */
	uint64_t seconds, minutes, hours, days, months, weekdays;
};

/* `hours` of an expression that names none. */
#define CRON_EVERY_HOUR ((UINT64_C(1) << 24) - 1)

/* How far cron_next() looks: 29 February is 8 years from the next one around 2100. */
#define CRON_YEARS_AHEAD 8

/* Read an expression. -EINVAL: `err` names the field, what is wrong with it and, as its column, the
 * character of `text` (from 1). An expression whose day never comes (30 February) is read. */
int cron_parse(const char *text, struct cron *ret, struct pmc_error *err);

/* The same for the option table, which asks only whether it can be read. */
int cron_check(const char *text, struct pmc_error *err);

/* Is this second (year to second of `at` count, its tm_wday does not) one of the expression's? */
bool cron_matches(const struct cron *cron, const struct tm *at);

/* The first calendar time after `from` that matches; tm_wday and tm_yday are filled in, tm_isdst is
 * -1. -ERANGE: none within CRON_YEARS_AHEAD, or the expression is off. -EINVAL: `from` is no date
 * and time (tm_sec may be 60; tm_wday, tm_yday and tm_isdst are not looked at).
 *
 * Where clocks are changed, a calendar time may be no instant, or two. The caller sees it by
 * mktime() and localtime_r() of the answer, and decides as cron(8) does:
 * - In the gap, the answer does not come back the same. With fixed hours (`hours` is not
 *   CRON_EVERY_HOUR) it is due once, at the first instant behind the gap. With every hour it is not
 *   due: ask again from the last second of the gap.
 * - In an hour that comes twice, with fixed hours it is due the first time only: ask next from the
 *   calendar time that was last due, not from the clock. With every hour it is due both times: ask
 *   from the clock, and give the answer the tm_isdst of now.
 * The same asking from the last due time keeps a clock that was set back from restarting twice. */
int cron_next(const struct cron *cron, struct tm from, struct tm *ret);
