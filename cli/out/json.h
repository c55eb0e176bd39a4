/* json: JSON values to a descriptor, for --json and jlist. */
#pragma once
#include <jansson.h>
#include <stdbool.h>

/* Write `value` to `fd`: on one line, or indented for people (`pretty`), with a newline behind it
 * if `newline`. 0 or negative errno (-EPIPE: the reader has gone). */
int json_print(int fd, const json_t *value, bool pretty, bool newline);

/* A member as a C string, or `otherwise` if it is missing or not a string. */
const char *json_get_text(const json_t *object, const char *key, const char *otherwise);
