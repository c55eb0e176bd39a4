/* A cron expression that nobody checked: refused with a message and a place in the text, or sets
 * within their bounds whose next times match, lie ahead and are found again. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/error.h"
#include "shared/base/mem.h"
#include "shared/spec/cron.h"
#include "tests/fuzz/fuzz.h"

static void assert_within_bounds(const struct cron *cron)
{
	assert(cron->seconds && !(cron->seconds >> 60));
	assert(cron->minutes && !(cron->minutes >> 60));
	assert(cron->hours && !(cron->hours & ~CRON_EVERY_HOUR));
	assert(cron->days && !(cron->days >> 32) && !(cron->days & 1));
	assert(cron->months && !(cron->months >> 13) && !(cron->months & 1));
	assert(cron->weekdays && !(cron->weekdays >> 7));
}

static int compare(const struct tm *a, const struct tm *b)
{
	const int parts[][2] = {{a->tm_year, b->tm_year}, {a->tm_mon, b->tm_mon},
				{a->tm_mday, b->tm_mday}, {a->tm_hour, b->tm_hour},
				{a->tm_min, b->tm_min},	  {a->tm_sec, b->tm_sec}};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i][0] != parts[i][1])
			return parts[i][0] < parts[i][1] ? -1 : 1;
	return 0;
}

static void assert_next_times(const struct cron *cron)
{
	/* 2026-03-28 12:34:56 */
	struct tm now = {.tm_year = 126,
			 .tm_mon = 2,
			 .tm_mday = 28,
			 .tm_hour = 12,
			 .tm_min = 34,
			 .tm_sec = 56};
	struct tm next, between;

	for (int i = 0; i < 20; i++, now = next) {
		int r = cron_next(cron, now, &next);

		assert(r == 0 || (r == -ERANGE && i == 0));
		if (r < 0)
			return;
		assert(compare(&now, &next) < 0);
		assert(cron_matches(cron, &next));
		between = next;
		between.tm_sec = 0;
		if (compare(&between, &now) <= 0)
			continue;
		assert(cron_next(cron, between, &between) == 0);
		assert(compare(&between, &next) == 0 || next.tm_sec == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(mem_freep) char *text = mem_strndup((const char *)data, size);
	struct pmc_error err = {};
	struct cron cron = {};
	int r = cron_parse(text, &cron, &err);

	assert(cron_check(text, NULL) == r);
	if (r < 0) {
		assert(r == -EINVAL && err.message[0]);
		assert(err.column >= 1 && (size_t)err.column <= strlen(text) + 1);
	} else if (!cron.off) {
		assert_within_bounds(&cron);
		assert_next_times(&cron);
	}
	return 0;
}
