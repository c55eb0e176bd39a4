#include "cli/out/wrap.h"

#include <string.h>

#include "shared/base/str.h"
#include "shared/base/utf8.h"

static void next_line(struct str *out, unsigned indent)
{
	str_append_char(out, '\n');
	str_append_repeat(out, ' ', indent);
}

/* A word that has no line to itself. Returns the column behind it. */
static unsigned append_broken(struct str *out, unsigned indent, unsigned width, const char *word,
			      size_t len)
{
	unsigned column = indent, wide;

	for (size_t step; len > 0; word += step, len -= step) {
		step = utf8_width_cluster(word, len, &wide);
		if (column > indent && column + wide > width) {
			next_line(out, indent);
			column = indent;
		}
		utf8_escape(out, word, step, false);
		column += wide;
	}
	return column;
}

void wrap_append(struct str *out, unsigned indent, unsigned width, const char *text)
{
	unsigned column = indent;

	while (*text) {
		size_t len = strcspn(text, " \n");
		unsigned wide = utf8_width(text, len);

		if (column > indent && column + 1 + wide > width) {
			next_line(out, indent);
			column = indent;
		} else if (column > indent) {
			str_append_char(out, ' ');
			column++;
		}
		if (indent + wide > width) {
			column = append_broken(out, indent, width, text, len);
		} else {
			utf8_escape(out, text, len, false);
			column += wide;
		}
		text += len;
		text += strspn(text, " \n");
	}
	str_append_char(out, '\n');
}
