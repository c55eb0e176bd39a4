/* env_filter: which variables of the caller's environment an app takes over (`filter_env`). Pure.
 */
#pragma once
#include <stdbool.h>

struct spec_bool_or_list;

/* `true` keeps none; a list drops every name that contains one of its entries, or is NAME for the
 * entry "=NAME". */
bool env_filter_keeps(const struct spec_bool_or_list *filter, const char *name);
