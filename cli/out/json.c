#include "cli/out/json.h"

#include <errno.h>
#include <stdlib.h>

#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

static int append_part(const char *buffer, size_t size, void *data)
{
	str_append_bytes(data, buffer, size);
	return 0;
}

int json_print(int fd, const json_t *value, bool pretty, bool newline)
{
	_cleanup_(str_done) struct str text = {};
	size_t flags = JSON_ENCODE_ANY | (pretty ? JSON_INDENT(2) : JSON_COMPACT);

	if (json_dump_callback(value, append_part, &text, flags) < 0)
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
