/* app_spec: what the user wants of one app: every option of options.def as a member. Plain data, no
 * JSON, no files.
 *
 * Members: DURATION x is x_ms, SIZE x is x_bytes, the rest has the option's name; a text that was
 * not given is NULL. Options that were not given have their default; app_spec_is_given() tells them
 * apart. It does not know how an app runs. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/option/option.h"
#include "shared/option/option_member.h"

struct pmc_error;

/* The index of each option: SPEC_kill_timeout. */
enum spec_option {
#define OPTION(type, name, ...) SPEC_##name,
#include "shared/spec/options.def"
#undef OPTION
	SPEC_OPTION_COUNT
};

/* Constants of ENUM options, in the order of their choices. */
enum spec_exec_mode { SPEC_EXEC_FORK, SPEC_EXEC_CLUSTER };
enum spec_log_type { SPEC_LOG_RAW, SPEC_LOG_JSON };
enum spec_log_full { SPEC_LOG_FULL_BLOCK, SPEC_LOG_FULL_DROP };

/* log_file: true */
#define SPEC_LOG_FILE_DEFAULT "true"

/* env_NAME: what the profile NAME adds to `env`; whoever reads a file puts it there. */
struct spec_profile {
	char *name; /* behind "env_" */
	struct keyval env;
};

struct app_spec {
#define OPTION(type, name, ...) OPTION_MEMBER_##type(name);
#include "shared/spec/options.def"
#undef OPTION
	struct spec_profile *profiles;
	size_t profile_count;
	uint64_t given[2]; /* bit SPEC_x: option x was given */
};

/* The rows of options.def, in its order: app_spec_table.rows[SPEC_kill_timeout]. */
extern const struct option_table app_spec_table;

/* All defaults; `spec` need not be zeroed. */
void app_spec_init(struct app_spec *spec);
void app_spec_done(struct app_spec *spec); /* all zero is fine as well */
void app_spec_copy(struct app_spec *to,
		   const struct app_spec *from); /* `to` must be empty or all zero */

/* The same options given, with the same values? */
bool app_spec_equal(const struct app_spec *a, const struct app_spec *b);

/* The strongest of what it takes to bring a running app from `a` to `b`; APPLIES_NOTHING if no
 * value differs. */
enum option_applies app_spec_changes(const struct app_spec *a, const struct app_spec *b);

/* Did the user give this option (even with the value of its default)? */
bool app_spec_is_given(const struct app_spec *spec, enum spec_option option);
void app_spec_mark_given(struct app_spec *spec, enum spec_option option);

/* Set one option from text (a flag) and mark it as given. -EINVAL. */
int app_spec_set_text(struct app_spec *spec, enum spec_option option, const char *text,
		      struct pmc_error *err);

/* Back to the default, as if it had not been given. */
void app_spec_unset(struct app_spec *spec, enum spec_option option);

/* May a variable of the environment be called so? -EINVAL. A check of rows. */
int app_spec_check_variable(const char *name, struct pmc_error *err);

/* Keep the environment of a profile; replaces one of the same name. `env` is copied. */
void app_spec_set_profile(struct app_spec *spec, const char *name, const struct keyval *env);

/* The number of instances when `cpus` CPUs are allowed to us; at least 1. */
int app_spec_instance_count(const struct app_spec *spec, int cpus);

/* Do all instances write to the same files? As given, else only without `instances` and cluster
 * mode (PM2's rule). */
bool app_spec_merges_logs(const struct app_spec *spec);

/* The format of time stamps in logs; `time` goes before `log_date_format` (PM2's rule). NULL: none.
 */
const char *app_spec_date_format(const struct app_spec *spec);
