/* ecosystem_version: which version of an app is started: `version` in the nearest package.json, as
 * PM2 has it. It reads files, and says nothing when there are none. Inside of ecosystem only. */
#pragma once
#include "shared/spec/app_spec.h"

#define ECOSYSTEM_VERSION_FILE_MAX (1 << 18)

/* The version in the nearest package.json at or above the script's folder (the app's cwd for a
 * program of PATH); new string, NULL: there is none. `script` and `cwd` are resolved. */
char *ecosystem_version_find(const struct app_spec *spec);
