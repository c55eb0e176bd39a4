/* json: JSON values to a descriptor, for --json and jlist. */
#pragma once
#include <jansson.h>
#include <stdbool.h>

struct str;

/* Write `value` to `fd`: on one line, or indented for people (`pretty`), with a newline behind it
 * if `newline`. 0 or negative errno (-EPIPE: the reader has gone). */
int json_print(int fd, const json_t *value, bool pretty, bool newline);

/* Append `value` on one line. `for_terminal`: what a terminal would obey is written as \u009b and
 * the like, which reads back to the same. */
int json_append(const json_t *value, bool for_terminal, struct str *out);

/* The same done to a text that is JSON already. jansson escapes C0; the rest that is harmful are
 * characters of strings. */
void json_append_harmless(const char *text, size_t len, struct str *out);

/* A member as a C string, or `otherwise` if it is missing or not a string. */
const char *json_get_text(const json_t *object, const char *key, const char *otherwise);
