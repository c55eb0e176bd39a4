#include "shared/spec/app_spec.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "shared/base/error.h"
#include "shared/base/str.h"
#include "shared/spec/cron.h"

int app_spec_check_variable(const char *name, struct pmc_error *err)
{
	if (strchr(name, '='))
		return pmc_error_set(err, -EINVAL, "must not have a '=' in it");
	return 0;
}

static const struct option rows[SPEC_OPTION_COUNT] = {
#define OPTION(type, name, ...) OPTION_ROW(struct app_spec, SPEC_##name, type, name, __VA_ARGS__)
#include "shared/spec/options.def"
#undef OPTION
};

const struct option_table app_spec_table = {.rows = rows, .count = SPEC_OPTION_COUNT};

_Static_assert(SPEC_OPTION_COUNT <= sizeof(((struct app_spec *)NULL)->given) * 8,
	       "given has a bit for each option");

void app_spec_init(struct app_spec *spec)
{
	memset(spec, 0, sizeof(*spec));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		option_set_default(&rows[i], spec);
}

void app_spec_done(struct app_spec *spec)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		option_done(&rows[i], spec);
	for (size_t i = 0; i < spec->profile_count; i++) {
		free(spec->profiles[i].name);
		keyval_done(&spec->profiles[i].env);
	}
	free(spec->profiles);
	memset(spec, 0, sizeof(*spec));
}

void app_spec_copy(struct app_spec *to, const struct app_spec *from)
{
	memset(to, 0, sizeof(*to));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		option_copy(&rows[i], to, from);
	for (size_t i = 0; i < from->profile_count; i++)
		app_spec_set_profile(to, from->profiles[i].name, &from->profiles[i].env);
	memcpy(to->given, from->given, sizeof(to->given));
}

static const struct spec_profile *find_profile(const struct app_spec *spec, const char *name)
{
	for (size_t i = 0; i < spec->profile_count; i++)
		if (strcmp(spec->profiles[i].name, name) == 0)
			return &spec->profiles[i];
	return NULL;
}

static bool profiles_equal(const struct app_spec *a, const struct app_spec *b)
{
	if (a->profile_count != b->profile_count)
		return false;
	for (size_t i = 0; i < a->profile_count; i++) {
		const struct spec_profile *other = find_profile(b, a->profiles[i].name);

		if (!other || !keyval_equal(&a->profiles[i].env, &other->env))
			return false;
	}
	return true;
}

bool app_spec_equal(const struct app_spec *a, const struct app_spec *b)
{
	return memcmp(a->given, b->given, sizeof(a->given)) == 0 &&
	       app_spec_changes(a, b) == APPLIES_NOTHING && profiles_equal(a, b);
}

enum option_applies app_spec_changes(const struct app_spec *a, const struct app_spec *b)
{
	enum option_applies strongest = APPLIES_NOTHING;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if ((int)rows[i].applies > (int)strongest && !option_equal(&rows[i], a, b))
			strongest = rows[i].applies;
	return strongest;
}

bool app_spec_is_given(const struct app_spec *spec, enum spec_option option)
{
	return spec->given[option / 64] >> (option % 64) & 1;
}

void app_spec_mark_given(struct app_spec *spec, enum spec_option option)
{
	spec->given[option / 64] |= UINT64_C(1) << (option % 64);
}

int app_spec_set_text(struct app_spec *spec, enum spec_option option, const char *text,
		      struct pmc_error *err)
{
	int r = option_set_text(&rows[option], spec, text, err);

	if (r == 0)
		app_spec_mark_given(spec, option);
	return r;
}

void app_spec_unset(struct app_spec *spec, enum spec_option option)
{
	option_set_default(&rows[option], spec);
	spec->given[option / 64] &= ~(UINT64_C(1) << (option % 64));
}

void app_spec_set_profile(struct app_spec *spec, const char *name, const struct keyval *env)
{
	struct spec_profile *profile = NULL;

	for (size_t i = 0; !profile && i < spec->profile_count; i++)
		if (strcmp(spec->profiles[i].name, name) == 0)
			profile = &spec->profiles[i];
	if (profile) {
		keyval_done(&profile->env);
	} else {
		spec->profiles = mem_resize(spec->profiles, spec->profile_count + 1,
					    sizeof(*spec->profiles));
		profile = &spec->profiles[spec->profile_count++];
		profile->name = mem_strdup(name);
	}
	profile->env = (struct keyval){};
	keyval_copy(&profile->env, env);
}

int app_spec_instance_count(const struct app_spec *spec, int cpus)
{
	const struct spec_instances *instances = &spec->instances;
	int count = 1;

	switch (instances->kind) {
	case INSTANCES_COUNT:
		count = instances->n;
		break;
	case INSTANCES_MAX:
		count = cpus + instances->n;
		break;
	case INSTANCES_PERCENT:
		count = (cpus * instances->n + 50) / 100;
		break;
	}
	return count < 1 ? 1 : count;
}

bool app_spec_merges_logs(const struct app_spec *spec)
{
	if (app_spec_is_given(spec, SPEC_merge_logs))
		return spec->merge_logs;
	return !app_spec_is_given(spec, SPEC_instances) && spec->exec_mode != SPEC_EXEC_CLUSTER;
}

const char *app_spec_date_format(const struct app_spec *spec)
{
	if (spec->time)
		return "YYYY-MM-DDTHH:mm:ss";
	return spec->log_date_format && *spec->log_date_format ? spec->log_date_format : NULL;
}
