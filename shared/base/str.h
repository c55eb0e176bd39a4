/* str: a string that grows. Always NUL-terminated once anything was appended; may hold NUL bytes.
 */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared/base/mem.h"

struct str {
	char *data; /* NULL while empty */
	size_t len, cap;
};

void str_done(struct str *s);

/* Forget the content, keep the memory. */
void str_clear(struct str *s);

void str_append(struct str *s, const char *text);
void str_append_bytes(struct str *s, const void *data, size_t len);
void str_append_char(struct str *s, char c);
void str_append_repeat(struct str *s, char c, size_t times);
void str_appendf(struct str *s, const char *fmt, ...) _printf_(2, 3);
void str_appendv(struct str *s, const char *fmt, va_list args) _printf_(2, 0);

/* Make room for `more` bytes behind the end and return where they go; the caller then sets len. */
char *str_reserve(struct str *s, size_t more);

/* Drop the first `n` bytes. */
void str_consume(struct str *s, size_t n);

/* The content as a C string ("" when empty); valid until the next change. */
const char *str_cstr(const struct str *s);

/* Hand the content to the caller, who frees it; never NULL. `s` is empty afterwards. */
char *str_steal(struct str *s);

/* Small questions about C strings. */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
bool str_equal(const char *a, const char *b); /* NULL equals only NULL */

/* Edit distance (insert, delete, replace, swap of neighbours), at most `max` + 1. For "did you
 * mean". */
unsigned str_distance(const char *a, const char *b, unsigned max);
