#include "shared/base/utf8.h"

#include <string.h>

#include "shared/base/str.h"

static size_t sequence_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	if (first >= 0xf0 && first < 0xf5)
		return 4;
	return 0;
}

size_t utf8_decode(const char *s, size_t len, uint32_t *ret_code)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *bytes = (const unsigned char *)s;
	size_t need = sequence_length(bytes[0]);
	uint32_t code;

	if (need == 0 || need > len)
		return 0;
	if (need == 1) {
		*ret_code = bytes[0];
		return 1;
	}
	code = bytes[0] & (0x7fu >> need);
	for (size_t i = 1; i < need; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (bytes[i] & 0x3f);
	}
	if (code < smallest[need] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	*ret_code = code;
	return need;
}

bool utf8_valid(const char *s, size_t len)
{
	for (size_t at = 0; at < len;) {
		uint32_t code;
		size_t step = utf8_decode(s + at, len - at, &code);

		if (!step)
			return false;
		at += step;
	}
	return true;
}

bool utf8_harmful(uint32_t code)
{
	if (code < 0x20)
		return code != '\t';
	if (code < 0x7f)
		return false;
	return code < 0xa0 || code == 0x61c ||	     /* DEL, C1; Arabic letter mark */
	       code == 0x200e || code == 0x200f ||   /* left-to-right mark and its brother */
	       (code >= 0x2028 && code <= 0x202e) || /* separators, embeddings, overrides */
	       (code >= 0x2066 && code <= 0x2069);   /* isolates */
}

static void escape_bytes(struct str *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		str_appendf(out, "\\x%02x", (unsigned char)s[i]);
}

void utf8_escape(struct str *out, const char *s, size_t len, bool keep_newline)
{
	size_t safe = 0; /* from here on nothing has been appended yet */

	for (size_t at = 0; at < len;) {
		uint32_t code = 0;
		size_t step = utf8_decode(s + at, len - at, &code);

		if ((step && !utf8_harmful(code)) || (code == '\n' && keep_newline)) {
			at += step;
			continue;
		}
		str_append_bytes(out, s + safe, at - safe);
		step = step ? step : 1;
		if (code == '\n')
			str_append(out, "\\n");
		else
			escape_bytes(out, s + at, step);
		at += step;
		safe = at;
	}
	if (len > safe)
		str_append_bytes(out, s + safe, len - safe);
}

/* How many bytes of `s` fit in `columns`; `*ret_columns` are what they take. */
static size_t bytes_within(const char *s, size_t len, unsigned columns, unsigned *ret_columns)
{
	size_t at = 0;

	*ret_columns = 0;
	while (at < len) {
		unsigned wide;
		size_t step = utf8_width_cluster(s + at, len - at, &wide);

		if (wide > columns - *ret_columns)
			break;
		*ret_columns += wide;
		at += step;
	}
	return at;
}

static void append_without_tabs(struct str *out, const char *s, size_t len)
{
	size_t from = out->len;

	utf8_escape(out, s, len, false);
	for (size_t i = from; i < out->len; i++) {
		if (out->data[i] == '\t')
			out->data[i] = ' ';
	}
}

bool utf8_plain(const char *s, size_t *ret_len)
{
	const char *at = s;

	while (*at >= 0x20 && *at < 0x7f)
		at++;
	*ret_len = (size_t)(at - s);
	return *at == '\0';
}

unsigned utf8_fit(struct str *out, const char *s, unsigned columns)
{
	size_t len, fits;
	unsigned used;

	if (utf8_plain(s, &len) && len <= columns) {
		str_append_bytes(out, s, len);
		return (unsigned)len;
	}
	len = strlen(s);
	fits = bytes_within(s, len, columns, &used);
	if (fits == len) {
		append_without_tabs(out, s, len);
		return used;
	}
	if (columns == 0)
		return 0;
	fits = bytes_within(s, len, columns - 1, &used);
	append_without_tabs(out, s, fits);
	str_append(out, "…");
	return used + 1;
}
