#include "cli/out/wrap.h"

#include <string.h>

#include "shared/base/str.h"
#include "shared/base/utf8.h"

void wrap_append(struct str *out, unsigned indent, unsigned width, const char *text)
{
	unsigned column = indent;

	while (*text) {
		size_t len = strcspn(text, " \n");
		unsigned wide = utf8_width(text, len);

		if (column > indent && column + 1 + wide > width) {
			str_append_char(out, '\n');
			str_append_repeat(out, ' ', indent);
			column = indent;
		} else if (column > indent) {
			str_append_char(out, ' ');
			column++;
		}
		utf8_escape(out, text, len, false);
		column += wide;
		text += len;
		text += strspn(text, " \n");
	}
	str_append_char(out, '\n');
}
