#include "shared/spec/ecosystem_names.h"

#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/str.h"
#include "shared/spec/ecosystem_apps.h"

char *ecosystem_names_make(const struct app_spec *spec, const char *profile, const char *base)
{
	struct str name = {};

	if (spec->name_prefix)
		str_appendf(&name, "%s:", spec->name_prefix);
	str_append(&name, base);
	if (spec->append_env_to_name && profile)
		str_appendf(&name, "-%s", profile);
	return str_steal(&name);
}

bool ecosystem_names_match(const struct app_spec *spec, const char *profile, const char *word)
{
	_cleanup_(mem_freep) char *made = ecosystem_names_make(spec, profile, word);

	return str_equal(spec->name, word) || str_equal(spec->name, made);
}

static void complain(struct ecosystem_apps *apps, size_t one, size_t other)
{
	const struct ecosystem_apps_place *at = &apps->places[one], *there = &apps->places[other];
	_cleanup_(mem_freep) char *where =
		str_equal(at->file, there->file)
			? mem_printf("in line %d", there->line)
			: mem_printf("at %s:%d:%d", there->file, there->line, there->column);

	diagnostics_add(apps->diags, DIAGNOSTIC_ERROR, at->file, at->line, at->column,
			"give each a 'name' of its own, or use 'instances'",
			"two apps are called '%s'; the other is %s", apps->eco->apps[one].name,
			where);
}

void ecosystem_names_check(struct ecosystem_apps *apps)
{
	const struct ecosystem *eco = apps->eco;

	for (size_t i = 1; i < eco->count; i++) {
		for (size_t k = 0; eco->apps[i].name && k < i; k++) {
			if (!str_equal(eco->apps[i].name, eco->apps[k].name))
				continue;
			complain(apps, i, k);
			break;
		}
	}
}
