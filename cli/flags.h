/* flags: the options of commands as one struct, made from flags.def by the option engine.
 *
 * The options of apps (--name, --cwd …) are not here: they are rows of shared/spec/options.def. */
#pragma once
#include <stddef.h>

#include "shared/option/option.h"
#include "shared/option/option_member.h"

struct flags {
#define OPTION(type, name, ...) OPTION_MEMBER_##type(name);
#include "cli/flags.def"
#undef OPTION
};

enum flags_id {
#define OPTION(type, name, ...) FLAG_##name,
#include "cli/flags.def"
#undef OPTION
	FLAG_END, /* ends the list of a command */
};

/* The first of them are understood by every command. */
#define FLAGS_GLOBAL (FLAG_color + 1)

extern const struct option_table flags_table;

void flags_init(struct flags *flags); /* defaults */
void flags_done(struct flags *flags);

/* The row with this long flag ("no-x" of a BOOL sets *ret_negated) or short flag among the global
 * ones and `ids` (ends with FLAG_END; NULL: among all). NULL: none. */
const struct option *flags_find(const enum flags_id *ids, const char *flag, char short_flag,
				bool *ret_negated);
