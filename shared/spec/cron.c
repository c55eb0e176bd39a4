#include "shared/spec/cron.h"

#include <errno.h>

#define DAY_SECONDS 86400
#define YEAR_FIRST 1900 /* tm_year 0 */
#define YEAR_LAST 9999

struct date {
	int year, month, day; /* month and day from 1 */
	int weekday;	      /* Sunday is 0 */
};

static bool has(uint64_t set, int value)
{
	return set >> value & 1;
}

static int days_of(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

static int day_of_year(const struct date *date)
{
	int days = date->day - 1;

	for (int month = 1; month < date->month; month++)
		days += days_of(date->year, month);
	return days;
}

static int weekday_of(const struct date *date)
{
	int past = date->year - 1; /* 1 January of year 1 is a Monday in our calendar */

	return (1 + past * 365 + past / 4 - past / 100 + past / 400 + day_of_year(date)) % 7;
}

static bool is_time(const struct tm *at)
{
	return at->tm_hour >= 0 && at->tm_hour < 24 && at->tm_min >= 0 && at->tm_min < 60 &&
	       at->tm_sec >= 0 && at->tm_sec <= 60;
}

static int read_date(const struct tm *at, struct date *ret)
{
	struct date date = {.day = at->tm_mday};

	if (at->tm_year < 0 || at->tm_year > YEAR_LAST - YEAR_FIRST || at->tm_mon < 0 ||
	    at->tm_mon > 11 || !is_time(at))
		return -EINVAL;
	date.year = YEAR_FIRST + at->tm_year;
	date.month = at->tm_mon + 1;
	if (date.day < 1 || date.day > days_of(date.year, date.month))
		return -EINVAL;
	date.weekday = weekday_of(&date);
	*ret = date;
	return 0;
}

static bool matches_date(const struct cron *cron, const struct date *date)
{
	bool day = has(cron->days, date->day), weekday = has(cron->weekdays, date->weekday);

	if (!has(cron->months, date->month))
		return false;
	return cron->any_day || cron->any_weekday ? day && weekday : day || weekday;
}

static void next_day(struct date *date)
{
	date->weekday = (date->weekday + 1) % 7;
	if (date->day++ < days_of(date->year, date->month))
		return;
	date->day = 1;
	if (date->month++ < 12)
		return;
	date->month = 1;
	date->year++;
}

/* The first second of a day, from `second` on, that is in all three sets; -1: none. */
static int find_second(const struct cron *cron, int second)
{
	while (second < DAY_SECONDS) {
		if (!has(cron->hours, second / 3600))
			second = (second / 3600 + 1) * 3600;
		else if (!has(cron->minutes, second / 60 % 60))
			second = (second / 60 + 1) * 60;
		else if (!has(cron->seconds, second % 60))
			second++;
		else
			return second;
	}
	return -1;
}

static struct tm to_tm(const struct date *date, int second)
{
	return (struct tm){
		.tm_year = date->year - YEAR_FIRST,
		.tm_mon = date->month - 1,
		.tm_mday = date->day,
		.tm_hour = second / 3600,
		.tm_min = second / 60 % 60,
		.tm_sec = second % 60,
		.tm_wday = date->weekday,
		.tm_yday = day_of_year(date),
		.tm_isdst = -1,
	};
}

int cron_check(const char *text, struct pmc_error *err)
{
	struct cron cron;

	return cron_parse(text, &cron, err);
}

bool cron_matches(const struct cron *cron, const struct tm *at)
{
	struct date date;

	return !cron->off && read_date(at, &date) == 0 && matches_date(cron, &date) &&
	       has(cron->hours, at->tm_hour) && has(cron->minutes, at->tm_min) &&
	       has(cron->seconds, at->tm_sec);
}

int cron_next(const struct cron *cron, struct tm from, struct tm *ret)
{
	struct date date;
	int last_year, second;

	if (read_date(&from, &date) < 0)
		return -EINVAL;
	if (cron->off)
		return -ERANGE;
	/* behind a leap second comes the next minute */
	second = from.tm_hour * 3600 + from.tm_min * 60 + (from.tm_sec < 60 ? from.tm_sec : 59) + 1;
	last_year = date.year + CRON_YEARS_AHEAD;
	for (; date.year <= last_year; next_day(&date), second = 0) {
		if (!matches_date(cron, &date))
			continue;
		second = find_second(cron, second);
		if (second >= 0) {
			*ret = to_tm(&date, second);
			return 0;
		}
	}
	return -ERANGE;
}
