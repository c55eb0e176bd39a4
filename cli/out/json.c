#include "cli/out/json.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

static int append_part(const char *buffer, size_t size, void *data)
{
	str_append_bytes(data, buffer, size);
	return 0;
}

void json_append_harmless(const char *text, size_t len, struct str *out)
{
	while (len > 0) {
		uint32_t code = 0;
		size_t used = utf8_decode(text, len, &code);

		if (code >= 0x7f && utf8_harmful(code))
			str_appendf(out, "\\u%04x", (unsigned)code);
		else
			str_append_bytes(out, text, used ? used : 1);
		text += used ? used : 1;
		len -= used ? used : 1;
	}
}

static int dump(const json_t *value, size_t flags, bool for_terminal, struct str *out)
{
	_cleanup_(str_done) struct str text = {};
	struct str *to = for_terminal ? &text : out;

	if (json_dump_callback(value, append_part, to, JSON_ENCODE_ANY | flags) < 0)
		return -EINVAL;
	if (for_terminal)
		json_append_harmless(str_cstr(&text), text.len, out);
	return 0;
}

int json_append(const json_t *value, bool for_terminal, struct str *out)
{
	return dump(value, JSON_COMPACT, for_terminal, out);
}

int json_print(int fd, const json_t *value, bool pretty, bool newline)
{
	_cleanup_(str_done) struct str text = {};

	if (dump(value, pretty ? JSON_INDENT(2) : JSON_COMPACT, isatty(fd), &text) < 0)
		return -EINVAL;
	if (newline)
		str_append_char(&text, '\n');
	return fdio_write_all(fd, text.data, text.len);
}

const char *json_get_text(const json_t *object, const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : otherwise;
}
