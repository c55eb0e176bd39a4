#include "shared/base/clock.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "shared/base/mem.h"
#include "shared/base/str.h"

static const char *const months[] = {"January",	  "February", "March",	  "April",
				     "May",	  "June",     "July",	  "August",
				     "September", "October",  "November", "December"};
static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
				   "Thursday", "Friday", "Saturday"};

static struct timespec read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts;
}

int64_t clock_now_ms(void)
{
	struct timespec ts = read_clock(CLOCK_MONOTONIC);

	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

uint64_t clock_now_ns(void)
{
	struct timespec ts = read_clock(CLOCK_MONOTONIC);

	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

int64_t clock_boot_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_wall_us(void)
{
	struct timespec ts = read_clock(CLOCK_REALTIME);

	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Whole seconds at or before `wall_us`, also before 1970; `*ret_ms` is the rest. */
static time_t split_seconds(int64_t wall_us, int *ret_ms)
{
	int64_t seconds = wall_us / 1000000 - (wall_us % 1000000 < 0);

	*ret_ms = (int)((wall_us - seconds * 1000000) / 1000);
	return (time_t)seconds;
}

static void append_zone(struct str *out, const struct tm *tm, const char *separator)
{
	long minutes = tm->tm_gmtoff / 60;

	str_append_char(out, minutes < 0 ? '-' : '+');
	minutes = labs(minutes);
	str_appendf(out, "%02ld%s%02ld", minutes / 60, separator, minutes % 60);
}

/* Tokens that are a number, with or without a leading zero: their value, or -1. */
static int small_number(char letter, const struct tm *tm)
{
	switch (letter) {
	case 'M':
		return tm->tm_mon + 1;
	case 'D':
		return tm->tm_mday;
	case 'H':
		return tm->tm_hour;
	case 'h':
		return tm->tm_hour % 12 ? tm->tm_hour % 12 : 12;
	case 'm':
		return tm->tm_min;
	case 's':
		return tm->tm_sec;
	default:
		return -1;
	}
}

/* A token that is a word or a number of its own shape. Returns how many of the `run` equal letters
 * it took, 0: none. */
static size_t append_long_token(struct str *out, char letter, size_t run, const struct tm *tm)
{
	if (letter == 'Y' && run >= 4) {
		str_appendf(out, "%04d", tm->tm_year + 1900);
		return 4;
	}
	if (letter == 'Y' && run >= 2) {
		str_appendf(out, "%02d", (tm->tm_year % 100 + 100) % 100);
		return 2;
	}
	if (letter == 'M' && run >= 3) {
		str_appendf(out, "%.*s", run >= 4 ? 9 : 3, months[tm->tm_mon]);
		return run >= 4 ? 4 : 3;
	}
	if (letter == 'd' && run >= 2) {
		run = run > 4 ? 4 : run;
		str_appendf(out, "%.*s", run == 4 ? 9 : (int)run, days[tm->tm_wday]);
		return run;
	}
	if (letter == 'd') {
		str_appendf(out, "%d", tm->tm_wday);
		return 1;
	}
	return 0;
}

/* The rest: half of the day, zone, milliseconds, seconds since 1970. */
static size_t append_other_token(struct str *out, char letter, size_t run, const struct tm *tm,
				 int64_t wall_us)
{
	int ms;
	time_t seconds = split_seconds(wall_us, &ms);

	switch (letter) {
	case 'A':
		str_append(out, tm->tm_hour < 12 ? "AM" : "PM");
		return 1;
	case 'a':
		str_append(out, tm->tm_hour < 12 ? "am" : "pm");
		return 1;
	case 'Z':
		append_zone(out, tm, run >= 2 ? "" : ":");
		return run >= 2 ? 2 : 1;
	case 'X':
		str_appendf(out, "%" PRId64, (int64_t)seconds);
		return 1;
	case 'x':
		str_appendf(out, "%" PRId64, (int64_t)seconds * 1000 + ms);
		return 1;
	case 'S':
		if (run < 3)
			return 0;
		str_appendf(out, "%03d", ms);
		return 3;
	default:
		return 0;
	}
}

static size_t append_token(struct str *out, const char *format, const struct tm *tm,
			   int64_t wall_us)
{
	size_t run = 1, taken;
	int number;

	while (format[run] == format[0])
		run++;
	taken = append_long_token(out, format[0], run, tm);
	if (taken)
		return taken;
	number = small_number(format[0], tm);
	if (number < 0)
		return append_other_token(out, format[0], run, tm, wall_us);
	str_appendf(out, run >= 2 ? "%02d" : "%d", number);
	return run >= 2 ? 2 : 1;
}

void clock_format(struct str *out, const char *dayjs_format, int64_t wall_us)
{
	const char *p = dayjs_format;
	struct tm tm = {};
	int ms;
	time_t seconds = split_seconds(wall_us, &ms);

	localtime_r(&seconds, &tm);
	while (*p) {
		const char *bracket = *p == '[' ? strchr(p, ']') : NULL;
		size_t taken;

		if (bracket && bracket > p + 1) {
			str_append_bytes(out, p + 1, (size_t)(bracket - p) - 1);
			p = bracket + 1;
			continue;
		}
		taken = append_token(out, p, &tm, wall_us);
		if (!taken) {
			str_append_char(out, *p);
			taken = 1;
		}
		p += taken;
	}
}

void clock_format_iso(struct str *out, int64_t wall_us)
{
	struct tm tm = {};
	int ms;
	time_t seconds = split_seconds(wall_us, &ms);

	gmtime_r(&seconds, &tm);
	str_appendf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
		    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ms);
}
