/* ecosystem_names: what an app of a file is called in the end (`name_prefix`,
 * `append_env_to_name`), and that no two are called the same. Inside of ecosystem; for `--only` as
 * well. */
#pragma once
#include <stdbool.h>

#include "shared/spec/app_spec.h"

struct ecosystem_apps;

/* PREFIX:NAME-PROFILE of the name `base`, as far as the app wants it; new string. */
char *ecosystem_names_make(const struct app_spec *spec, const char *profile, const char *base);

/* Is the app meant by `word`: its name, or the one it has in the file? */
bool ecosystem_names_match(const struct app_spec *spec, const char *profile, const char *word);

/* Complain about every name that an app before has. */
void ecosystem_names_check(struct ecosystem_apps *apps);
