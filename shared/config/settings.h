/* settings: how the daemon itself behaves, from $PMC_HOME/pmcd.ini (settings.def, over inih). Not
 * options of apps.
 *
 * The file is the whole truth: what it does not name has its default, and a missing file is an
 * empty one. Keys stand at the top or in a section [pmcd]. */
#pragma once
#include <stdbool.h>

#include "shared/option/option.h"
#include "shared/option/option_member.h"

struct diagnostics;
struct pmc_error;

/* The largest file that is read. */
#define SETTINGS_FILE_MAX (1 << 20)

/* The index of each setting: SETTINGS_log_level. */
enum settings_index {
#define OPTION(type, name, ...) SETTINGS_##name,
#include "shared/config/settings.def"
#undef OPTION
	SETTINGS_COUNT
};

enum settings_cgroup { SETTINGS_CGROUP_AUTO, SETTINGS_CGROUP_OFF };

/* log_level is an enum log_level of shared/base/log.h. */
struct settings {
#define OPTION(type, name, ...) OPTION_MEMBER_##type(name);
#include "shared/config/settings.def"
#undef OPTION
};

extern const struct option_table settings_table;

/* All defaults; `settings` need not be zeroed. */
void settings_init(struct settings *settings);
void settings_done(struct settings *settings);

/* Replace `settings` by what the file says. All or nothing: on mistakes nothing changes, -EINVAL,
 * every one of them is in `diags` with its line, `err` has the first. Other errors: -EFBIG,
 * -EISDIR, -EINVAL (no regular file), of reading. Blocks on the disk. */
int settings_read(struct settings *settings, const char *path, struct diagnostics *diags,
		  struct pmc_error *err);

/* The same from memory; `file` is for the messages. */
int settings_parse(struct settings *settings, const char *text, size_t len, const char *file,
		   struct diagnostics *diags);

/* Is the value of this environment variable to be masked? */
bool settings_is_secret(const struct settings *settings, const char *name);
