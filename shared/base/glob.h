/* glob: shell patterns over names and paths: * ? [a-z] ** {a,b}. Over PCRE2's converter, braces
 * expanded first. */
#pragma once
#include <stdbool.h>

/* Does `text` match the whole of `pattern`? A broken pattern matches nothing. */
bool glob_matches(const char *pattern, const char *text);
