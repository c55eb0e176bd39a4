#include <inttypes.h>

#include "shared/base/str.h"
#include "shared/base/units.h"

void units_human_duration(struct str *out, int64_t ms)
{
	int64_t seconds = ms / 1000;

	if (ms < 1000)
		str_appendf(out, "%" PRId64 " ms", ms < 0 ? 0 : ms);
	else if (ms < 10000)
		str_appendf(out, "%" PRId64 ".%" PRId64 " s", seconds, ms % 1000 / 100);
	else if (seconds < 60)
		str_appendf(out, "%" PRId64 " s", seconds);
	else if (seconds < 3600)
		str_appendf(out, "%" PRId64 " min", seconds / 60);
	else if (seconds < 48 * 3600)
		str_appendf(out, "%" PRId64 " h", seconds / 3600);
	else
		str_appendf(out, "%" PRId64 " d", seconds / 86400);
}

void units_human_size(struct str *out, int64_t bytes)
{
	static const char *const names[] = {"KiB", "MiB", "GiB", "TiB", "PiB"};
	double value = (double)(bytes < 0 ? 0 : bytes) / 1024;
	size_t i = 0;

	if (bytes < 1024) {
		str_appendf(out, "%" PRId64 " B", bytes < 0 ? 0 : bytes);
		return;
	}
	for (; value >= 1023.95 && i < ARRAY_SIZE(names) - 1; i++) /* never "1024.0" */
		value /= 1024;
	str_appendf(out, "%.1f %s", value, names[i]);
}
