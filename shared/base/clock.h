/* clock: the clocks of the house, and times for people. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct str;

int64_t clock_now_ms(void);  /* monotonic, as every _ms of the engine */
uint64_t clock_now_ns(void); /* monotonic, as the keeper's table */
int64_t clock_boot_ms(void); /* since boot, time asleep included */
int64_t clock_wall_us(void); /* wall clock, microseconds since 1970 */

/* Append `wall_us` in local time by a day.js format: YYYY YY MMMM MMM MM M DD D dddd ddd HH H hh h
 * mm m ss s SSS A a Z ZZ X x, text in [brackets] and every other character as it is. Source: the
 * day.js documentation, "Format". */
void clock_format(struct str *out, const char *dayjs_format, int64_t wall_us);

/* "2026-11-20T23:10:43.123Z" */
void clock_format_iso(struct str *out, int64_t wall_us);
