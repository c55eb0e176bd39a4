#include "cli/out/human.h"

#include <inttypes.h>

#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/units.h"

void human_uptime(struct str *out, int64_t ms)
{
	static const struct {
		int64_t seconds;
		char unit;
	} steps[] = {{31536000, 'Y'}, {2592000, 'M'}, {86400, 'D'}, {3600, 'h'}, {60, 'm'}};
	int64_t seconds = ms / 1000;

	if (ms <= 0) {
		str_append(out, "0");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		if (seconds / steps[i].seconds <= 1)
			continue;
		str_appendf(out, "%" PRId64 "%c", seconds / steps[i].seconds, steps[i].unit);
		return;
	}
	str_appendf(out, "%" PRId64 "s", seconds);
}

void human_memory(struct str *out, int64_t bytes)
{
	static const char *const units[] = {"kb", "mb", "gb"};
	double value = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		str_appendf(out, "%" PRId64 "b", bytes < 0 ? 0 : bytes);
		return;
	}
	while (value >= 1024 && unit + 1 < ARRAY_SIZE(units)) {
		value /= 1024;
		unit++;
	}
	str_appendf(out, "%.1f%s", value, units[unit]);
}

void human_when(struct str *out, int64_t wall_us, int64_t now_us)
{
	if (wall_us <= 0) {
		str_append(out, "never");
		return;
	}
	clock_format(out, "YYYY-MM-DD HH:mm:ss", wall_us);
	if (now_us < wall_us)
		return;
	str_append(out, " (");
	units_human_duration(out, (now_us - wall_us) / 1000);
	str_append(out, " ago)");
}
