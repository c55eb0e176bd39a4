#include "shared/model/json_text.h"

#include <string.h>

#include "shared/base/str.h"
#include "shared/base/utf8.h"

json_t *json_text(const char *text)
{
	_cleanup_(str_done) struct str clean = {};
	size_t len;

	if (!text)
		return json_null();
	len = strlen(text);
	if (utf8_valid(text, len))
		return json_stringn_nocheck(text, len);
	utf8_escape(&clean, text, len, true);
	return json_stringn_nocheck(clean.data, clean.len);
}
