/* complete_value: what may stand as the value of a flag, or as the word of a command. Part of
 * complete. */
#pragma once
#include <stddef.h>

#include "cli/complete.h"

struct args_flag;
struct command;

struct complete_value {
	const char *prefix; /* "--log-type=" of the word the value is part of */
	size_t prefix_len;
	const struct complete_source *source;
};

/* Values of a flag: the choices of an enum, files, names of apps. `typed` is what is there of it.
 */
void complete_value_add(const struct complete_value *value, const struct args_flag *flag,
			const char *typed, struct str *out);

/* The word number `index` (from 0) behind a command, by its usage line: "<signal> <app|id|all>...".
 */
void complete_value_of_usage(const struct command *command, size_t index, const char *typed,
			     const struct complete_source *source, struct str *out);
