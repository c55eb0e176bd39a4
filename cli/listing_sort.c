#include "cli/listing_sort.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/listing.h"
#include "shared/base/error.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_numbers(double a, double b)
{
	return (a > b) - (a < b);
}

static int by_name(const struct app_view *a, const struct app_view *b)
{
	return compare_texts(a->name, b->name);
}

static int by_namespace(const struct app_view *a, const struct app_view *b)
{
	return compare_texts(a->namespace, b->namespace);
}

static int by_id(const struct app_view *a, const struct app_view *b)
{
	return compare_numbers(a->pm_id, b->pm_id);
}

static int by_pid(const struct app_view *a, const struct app_view *b)
{
	return compare_numbers(a->pid, b->pid);
}

static int by_cpu(const struct app_view *a, const struct app_view *b)
{
	return compare_numbers(a->cpu_percent, b->cpu_percent);
}

static int by_memory(const struct app_view *a, const struct app_view *b)
{
	return compare_numbers((double)a->memory_bytes, (double)b->memory_bytes);
}

static int by_uptime(const struct app_view *a, const struct app_view *b)
{
	return compare_numbers((double)a->uptime_ms, (double)b->uptime_ms);
}

static int by_status(const struct app_view *a, const struct app_view *b)
{
	return compare_texts(state_word(a->state), state_word(b->state));
}

static int by_restarts(const struct app_view *a, const struct app_view *b)
{
	return compare_numbers(a->restarts, b->restarts);
}

static const struct field {
	const char *name;
	int (*compare)(const struct app_view *a, const struct app_view *b);
} fields[] = {
	{"name", by_name},     {"namespace", by_namespace},
	{"id", by_id},	       {"pid", by_pid},
	{"cpu", by_cpu},       {"memory", by_memory},
	{"mem", by_memory},    {"uptime", by_uptime},
	{"status", by_status}, {"restarts", by_restarts},
};

struct order {
	int (*compare)(const struct app_view *a, const struct app_view *b);
	bool descending;
};

/* Equal ones stand by name, then by id. */
static int compare(const void *a, const void *b, void *arg)
{
	const struct app_view *x = a, *y = b;
	const struct order *order = arg;
	int by = order->compare(x, y);

	if (by != 0)
		return order->descending ? -by : by;
	by = by_name(x, y);
	return by ? by : by_id(x, y);
}

static int unknown_field(const char *by, size_t len, struct pmc_error *err)
{
	pmc_error_set(err, -EINVAL, "cannot sort by '%.*s'", (int)len, by);
	return pmc_error_hint(err, "name, namespace, id, pid, cpu, memory, uptime, status or "
				   "restarts, with :asc or :desc behind it");
}

static int parse(const char *by, struct order *ret_order, struct pmc_error *err)
{
	size_t len = strcspn(by, ":");
	const char *direction = by[len] ? by + len + 1 : "asc";

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (strlen(fields[i].name) == len && strncmp(fields[i].name, by, len) == 0)
			ret_order->compare = fields[i].compare;
	}
	ret_order->descending = strcmp(direction, "desc") == 0;
	if (!ret_order->compare || (!ret_order->descending && strcmp(direction, "asc") != 0))
		return unknown_field(by, ret_order->compare ? strlen(by) : len, err);
	return 0;
}

int listing_sort(struct listing *listing, const char *by, struct pmc_error *err)
{
	struct order order = {};
	int r = parse(by ? by : "name", &order, err);

	if (r == 0 && listing->count > 1)
		qsort_r(listing->views, listing->count, sizeof(*listing->views), compare, &order);
	return r;
}
