#include <inttypes.h>

#include "shared/base/str.h"
#include "shared/base/units.h"

struct unit {
	int64_t worth;
	const char *name;
};

/* From the largest to the smallest; the last one is worth 1. */
static const struct unit duration_units[] = {
	{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
static const struct unit size_units[] = {
	{INT64_C(1) << 40, "T"}, {1 << 30, "G"}, {1 << 20, "M"}, {1 << 10, "K"}, {1, ""}};

static void append_exact(struct str *out, int64_t value, const struct unit *unit)
{
	if (value == 0) {
		str_append_char(out, '0');
		return;
	}
	while (value % unit->worth != 0)
		unit++;
	str_appendf(out, "%" PRId64 "%s", value / unit->worth, unit->name);
}

void units_format_duration(struct str *out, int64_t ms)
{
	append_exact(out, ms, duration_units);
}

void units_format_size(struct str *out, int64_t bytes)
{
	append_exact(out, bytes, size_units);
}
