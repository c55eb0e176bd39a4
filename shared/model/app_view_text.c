#include "shared/model/app_view_text.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "shared/base/str.h"
#include "shared/model/app_view.h"
#include "shared/model/json_text.h"

#define append_literal(out, text) str_append_bytes(out, text, sizeof(text) - 1)

static void append_number(struct str *out, int64_t number)
{
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (number < 0)
		digits[--at] = '-';
	str_append_bytes(out, digits + at, sizeof(digits) - at);
}

static bool needs_no_escape(const char *text)
{
	for (; *text; text++) {
		if (*text < 0x20 || *text > 0x7e || *text == '"' || *text == '\\')
			return false;
	}
	return true;
}

static void append_string(struct str *out, const char *text)
{
	_cleanup_(mem_freep) char *escaped = NULL;
	json_t *json;

	if (needs_no_escape(text)) {
		append_literal(out, "\"");
		str_append(out, text);
		append_literal(out, "\"");
		return;
	}
	json = json_text(text);
	escaped = json_dumps(json, JSON_ENCODE_ANY);
	str_append(out, escaped);
	json_decref(json);
}

/* Values by the type's word in app_view.def; false: it says nothing. */
static bool says_INT(int64_t value)
{
	return value != 0;
}

static bool says_DOUBLE(double value)
{
	return isfinite(value) && value != 0;
}

static bool says_BOOL(bool value)
{
	return value;
}

static bool says_STRING(const char *value)
{
	return value;
}

static void put_INT(struct str *out, int64_t value)
{
	append_number(out, value);
}

static void put_DOUBLE(struct str *out, double value)
{
	str_appendf(out, "%.3f", value);
}

static void put_BOOL(struct str *out, bool value)
{
	append_literal(out, "true");
}

static void put_STRING(struct str *out, const char *value)
{
	append_string(out, value);
}

static void put_STATE(struct str *out, enum instance_state value)
{
	append_string(out, state_word(value));
}

static void put_JSON(struct str *out, const json_t *value)
{
	_cleanup_(mem_freep) char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	str_append(out, text);
}

#define says_UNSIGNED says_INT
#define says_INT64 says_INT
#define put_INT64 put_INT
#define put_UNSIGNED put_INT

#define KEY_SAYS(type, value) true
#define SHORT_SAYS(type, value) says_##type(value)
#define DUE_SAYS(type, value) ((value) != -1)
#define WHOLE_SAYS(type, value) whole_says_##type(value)
#define whole_says_INT(value) true /* -1 is what is not known */
#define whole_says_INT64 says_INT
#define whole_says_BOOL says_BOOL
#define whole_says_STRING says_STRING
#define whole_says_JSON(value) ((value) != NULL)

#define MEMBER(type, name, part) part##_MEMBER(type, name)
#define KEY_MEMBER(type, name) PUT(type, name, KEY)
#define SHORT_MEMBER(type, name) PUT(type, name, SHORT)
#define DUE_MEMBER(type, name) PUT(type, name, DUE)

/* Each with a comma before it. */
#define PUT(type, name, part)                                                                      \
	if (part##_SAYS(type, view->name)) {                                                       \
		append_literal(out, ",\"" #name "\":");                                            \
		put_##type(out, view->name);                                                       \
	}

void app_view_text_append(struct str *out, const struct app_view *view)
{
	size_t begin = out->len;

#define WHOLE_MEMBER(type, name)
#include "shared/model/app_view.def"
#undef WHOLE_MEMBER
	out->data[begin] = '{';
	append_literal(out, "}");
}

void app_view_text_append_whole(struct str *out, const struct app_view *view)
{
	size_t begin = out->len;

#define WHOLE_MEMBER(type, name) PUT(type, name, WHOLE)
#include "shared/model/app_view.def"
#undef WHOLE_MEMBER
	out->data[begin] = '{';
	append_literal(out, "}");
}

#undef PUT

void app_view_text_append_row(struct str *out, const struct app_view *view, uint64_t members)
{
	size_t begin = out->len;

	append_literal(out, "[");
#define WHOLE_MEMBER(type, name)
#define PUT(type, name, part)                                                                      \
	if (members & APP_VIEW_BIT(APP_VIEW_##name)) {                                             \
		if (part##_SAYS(type, view->name))                                                 \
			put_##type(out, view->name);                                               \
		else                                                                               \
			append_literal(out, "null");                                               \
		append_literal(out, ",");                                                          \
	}
#include "shared/model/app_view.def"
#undef PUT
	if (out->len > begin + 1)
		out->len--; /* the last comma */
	append_literal(out, "]");
}
