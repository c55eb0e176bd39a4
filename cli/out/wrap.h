/* wrap: a text broken at blanks so that it fits a terminal. Pure; control bytes are escaped. */
#pragma once

struct str;

/* Append `text` and a newline, no line wider than `width`: a word that alone has no room
 * is broken where the line ends. The cursor stands at column `indent`; lines after the first start
 * there too. */
void wrap_append(struct str *out, unsigned indent, unsigned width, const char *text);
