/* utf8: is it valid, how wide is it, and how does it reach a terminal without doing harm. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str;

/* Decode one code point at `s` (`len` bytes left, at least 1). Returns its length in bytes, or 0 if
 * the bytes there are not valid UTF-8 (overlong, surrogate, cut, > U+10FFFF): then take one byte
 * and go on. */
size_t utf8_decode(const char *s, size_t len, uint32_t *ret_code);

bool utf8_valid(const char *s, size_t len);

/* Columns on a terminal: 0 for combining marks and joiners, 2 for CJK and emoji, 1 for the rest (a
 * tab too). Own table; does not depend on the locale. Invalid and harmful bytes count as what
 * utf8_escape() makes of them. */
unsigned utf8_width(const char *s, size_t len);

/* One character as a terminal shows it, with the marks, joiners and joined emoji that belong to it:
 * its bytes (at least 1, at most `len`, which is not 0), and its columns. */
size_t utf8_width_cluster(const char *s, size_t len, unsigned *ret_columns);

/* May a terminal not see this code point: C0 but tab, DEL, C1, line separators, whatever turns the
 * writing direction? */
bool utf8_harmful(uint32_t code);

/* Append `s` so that it is safe on a terminal: control bytes (C0, DEL, C1), bidi overrides and
 * invalid bytes as \x1b (each byte), \n as \n (two characters) unless `keep_newline`; tab is kept.
 */
void utf8_escape(struct str *out, const char *s, size_t len, bool keep_newline);

/* Is all of it printable ASCII, a byte a column? `*ret_len` is then its length. */
bool utf8_plain(const char *s, size_t *ret_len);

/* Append at most `columns` columns of `s`, escaped, a tab as a blank; when cut, the last column is
 * '…'. Returns the columns used. */
unsigned utf8_fit(struct str *out, const char *s, unsigned columns);
