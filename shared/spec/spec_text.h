/* spec_text: the bytes of a file that ought to be text: are they, and where does what stand. For
 * the readers of every format; it knows no syntax. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct diagnostics;

/* A place in a text, both from 1; columns count characters. */
struct spec_text_place {
	int line, column;
};

#define SPEC_TEXT_START ((struct spec_text_place){1, 1})

/* From before `len` bytes to behind them. */
void spec_text_step(struct spec_text_place *place, const char *text, size_t len);

/* Bytes of a byte order mark at the start of the text: 0 or 3. */
size_t spec_text_mark(const char *text, size_t len);

/* Nothing but blanks, line ends and a byte order mark? */
bool spec_text_blank(const char *text, size_t len);

/* UTF-8 without NUL bytes? Complains about the first place that is not. */
bool spec_text_check(const char *text, size_t len, const char *file, struct diagnostics *diags);
