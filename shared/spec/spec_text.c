#include "shared/spec/spec_text.h"

#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/utf8.h"

void spec_text_step(struct spec_text_place *place, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\n') {
			place->line++;
			place->column = 1;
		} else if ((c & 0xc0) != 0x80) {
			place->column++;
		}
	}
}

size_t spec_text_mark(const char *text, size_t len)
{
	return len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

bool spec_text_blank(const char *text, size_t len)
{
	size_t i = spec_text_mark(text, len);

	while (i < len && (text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r')))
		i++;
	return i == len;
}

bool spec_text_check(const char *text, size_t len, const char *file, struct diagnostics *diags)
{
	struct spec_text_place place = SPEC_TEXT_START;
	const char *wrong = NULL;
	uint32_t code;
	size_t step, i;

	for (i = 0; i < len && !wrong; i += step) {
		unsigned char c = (unsigned char)text[i];

		step = c < 0x80 ? 1 : utf8_decode(text + i, len - i, &code);
		if (!step)
			wrong = "the file is not valid UTF-8 here";
		else if (!c)
			wrong = "a NUL byte: the file is no text in UTF-8";
		if (wrong)
			break;
	}
	if (!wrong)
		return true;
	spec_text_step(&place, text, i);
	diagnostics_add(diags, DIAGNOSTIC_ERROR, file, place.line, place.column, NULL, "%s", wrong);
	return false;
}
