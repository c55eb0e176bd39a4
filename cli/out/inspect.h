/* inspect: a JSON value in the form in which Node prints it (util.inspect with unlimited depth):
 * what `prettylist` and `id` of PM2 print, and scripts grep.
 *
 * Pure. Control bytes come out as \x1B and the like, as Node writes them, and what turns the
 * direction of writing as \u202E (Node leaves it as it is), so the text is safe on a terminal.
 * Source: the behaviour of Node 20, held by a test against the real one; two limits of it are left
 * out, so that nothing is cut: 100 members of a list, 10000 characters of a string. */
#pragma once
#include <jansson.h>

struct str;

/* Append the text of `value`, without a newline at its end. */
void inspect_append(const json_t *value, struct str *out);
