#include "daemon/core/selector.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/pattern.h"
#include "shared/base/str.h"
#include "shared/base/units.h"

typedef bool (*row_test)(const struct selector_row *row, const char *target);

static bool has_name(const struct selector_row *row, const char *target)
{
	return strcmp(row->name, target) == 0;
}

static bool has_name_or_script(const struct selector_row *row, const char *target)
{
	return has_name(row, target) || str_equal(row->script, target);
}

static bool has_namespace(const struct selector_row *row, const char *target)
{
	return strcmp(row->namespace, target) == 0;
}

static bool has_id(const struct selector_row *row, const char *target)
{
	int64_t id;

	return units_parse_int(target, &id, NULL) == 0 && id == row->pm_id;
}

static bool is_instance(const struct selector_row *row, const char *target)
{
	const char *colon = strrchr(target, ':');
	int64_t number;

	return colon && strlen(row->name) == (size_t)(colon - target) &&
	       strncmp(row->name, target, (size_t)(colon - target)) == 0 &&
	       units_parse_int(colon + 1, &number, NULL) == 0 && number == row->number;
}

static int match_by(row_test test, const char *target, const struct selector_row *rows,
		    size_t count, bool *hits)
{
	int found = 0;

	for (size_t i = 0; i < count; i++) {
		if (!test(&rows[i], target))
			continue;
		hits[i] = true;
		found++;
	}
	return found;
}

static int match_regex(const char *target, const struct selector_row *rows, size_t count,
		       bool *hits, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *regex = mem_strndup(target + 1, strlen(target) - 2);
	struct pattern *pattern;
	int r, found = 0;

	r = pattern_create(regex, &pattern, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		if (!pattern_matches(pattern, rows[i].name, strlen(rows[i].name)))
			continue;
		hits[i] = true;
		found++;
	}
	pattern_destroy(pattern);
	if (found == 0)
		return pmc_error_set(err, -ENOENT, "no app has a name that matches %s", target);
	return found;
}

static int nothing_called(const char *target, const struct selector_row *rows, size_t count,
			  struct pmc_error *err)
{
	const char *best = NULL;
	size_t len = strlen(target);
	unsigned best_distance = len > 2 ? 3 : 2; /* one less is accepted */

	pmc_error_set(err, -ENOENT, "Process or Namespace %s not found", target);
	for (size_t i = 0; i < count; i++) {
		unsigned distance = str_distance(target, rows[i].name, best_distance);

		if (distance >= best_distance || distance * 2 > len)
			continue;
		best = rows[i].name;
		best_distance = distance;
	}
	if (best)
		pmc_error_hint(err, "%s doesn't exist; did you mean '%s'?", target, best);
	else
		pmc_error_hint(err, "%s doesn't exist; `pmc list` shows what there is", target);
	return -ENOENT;
}

int selector_match(const char *target, const struct selector_row *rows, size_t count, bool *hits,
		   struct pmc_error *err)
{
	static const row_test order[] = {has_name_or_script, has_namespace, has_id, is_instance};
	size_t len = strlen(target);

	if (len == 0)
		return pmc_error_set(err, -EINVAL, "an empty target names nothing");
	if (strcmp(target, "all") == 0) {
		for (size_t i = 0; i < count; i++)
			hits[i] = true;
		return (int)count;
	}
	if (len > 2 && target[0] == '/' && target[len - 1] == '/')
		return match_regex(target, rows, count, hits, err);

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		int found = match_by(order[i], target, rows, count, hits);

		if (found > 0)
			return found;
	}
	return nothing_called(target, rows, count, err);
}
