#include "daemon/core/plan.h"

#include <errno.h>
#include <stdbool.h>

#include "shared/base/units.h"

int plan_scale_target(const char *to, int now, int *ret_count, struct pmc_error *err)
{
	int64_t n;
	int r;

	r = units_parse_int(to, &n, NULL);
	if (r < 0) {
		pmc_error_set(err, -EINVAL, "'%s' is not a number of instances", to);
		pmc_error_hint(err, "write N, +N or -N");
		return -EINVAL;
	}
	if (to[0] == '+' || to[0] == '-')
		n += now;
	if (n < 0 || n > PLAN_INSTANCES_MAX)
		return pmc_error_set(err, -EINVAL, "%lld instances: must be 0 to %d", (long long)n,
				     PLAN_INSTANCES_MAX);
	if (n == now)
		return pmc_error_set(err, -EALREADY, "Nothing to do: it has %d instance%s already",
				     now, now == 1 ? "" : "s");
	*ret_count = (int)n;
	return 0;
}

static bool has(const int *numbers, size_t count, int number)
{
	for (size_t i = 0; i < count; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

int plan_free_number(const int *numbers, size_t count)
{
	int number = 0;

	while (has(numbers, count, number))
		number++;
	return number;
}

int plan_highest(const int *numbers, size_t count)
{
	int best = -1;

	for (size_t i = 0; i < count; i++)
		if (best < 0 || numbers[i] > numbers[best])
			best = (int)i;
	return best;
}
