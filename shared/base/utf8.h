/* utf8: is it valid, how wide is it, and how does it reach a terminal without doing harm. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str;

/* Decode one code point at `s` (`len` bytes left, at least 1). Returns its length in bytes, or 0 if the bytes there are not
 * valid UTF-8 (overlong, surrogate, cut, > U+10FFFF): then take one byte and go on. */
size_t utf8_decode(const char *s, size_t len, uint32_t *ret_code);

bool utf8_valid(const char *s, size_t len);

/* Columns on a terminal: 0 for combining marks and joiners, 2 for CJK and emoji, 1 for the rest. Own table; does not
 * depend on the locale. Invalid bytes count as what utf8_escape() makes of them. */
unsigned utf8_width(const char *s, size_t len);

/* Append `s` so that it is safe on a terminal: control bytes (C0, DEL, C1), bidi overrides and invalid bytes as \x1b,
 * \n as \n (two characters) unless `keep_newline`; tab is kept. */
void utf8_escape(struct str *out, const char *s, size_t len, bool keep_newline);

/* Append at most `columns` columns of `s`, escaped; when cut, the last column is '…'. Returns the columns used. */
unsigned utf8_fit(struct str *out, const char *s, unsigned columns);
