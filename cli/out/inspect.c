#include "cli/out/inspect.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

#define BREAK_LENGTH 80
#define COMPACT 3	       /* levels that may share a line */
#define SHORT_STRING 16	       /* is never broken */
#define GROUPED_FROM 7	       /* members of a list that is set in columns */
#define INDEX_MAX 4294967294.0 /* keys up to here are numbers for JavaScript */

struct inspect {
	unsigned indentation;
	int depth; /* of the list or object that was entered last */
};

/* The members of a list or object, as texts. */
struct parts {
	struct str *items;
	size_t count;
};

static void append_value(struct inspect *in, const json_t *value, int level, struct str *out);

/* Characters as JavaScript counts them: 2 beyond the first plane. */
static size_t length_of(const char *text, size_t len)
{
	size_t length = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		length += (c & 0xc0) != 0x80;
		length += c >= 0xf0;
	}
	return length;
}

static char quote_for(const char *text)
{
	if (!strchr(text, '\''))
		return '\'';
	if (!strchr(text, '"'))
		return '"';
	return !strchr(text, '`') && !strstr(text, "${") ? '`' : '\'';
}

static void append_code(uint32_t code, const char *bytes, size_t len, char quote, struct str *out)
{
	static const char names[] = "btn?fr"; /* \b is 8 */

	if ((code >= 8 && code <= 13) && code != 11)
		str_appendf(out, "\\%c", names[code - 8]);
	else if (code < 0x20 || (code >= 0x7f && code <= 0x9f))
		str_appendf(out, "\\x%02X", (unsigned)code);
	else if (code > 0x9f && utf8_harmful(code))
		str_appendf(out, "\\u%04X", (unsigned)code);
	else if (code == '\\' || (code == '\'' && quote == '\''))
		str_appendf(out, "\\%c", (int)code);
	else
		str_append_bytes(out, bytes, len);
}

static void append_quoted(const char *text, size_t len, struct str *out)
{
	_cleanup_(mem_freep) char *copy = mem_strndup(text, len);
	char quote = quote_for(copy);

	str_append_char(out, quote);
	while (len > 0) {
		uint32_t code = 0;
		size_t used = utf8_decode(text, len, &code);

		append_code(code, text, used ? used : 1, quote, out);
		text += used ? used : 1;
		len -= used ? used : 1;
	}
	str_append_char(out, quote);
}

/* A long text goes on behind each of its newlines. */
static void append_string(const struct inspect *in, const json_t *value, struct str *out)
{
	const char *text = json_string_value(value);
	size_t left = json_string_length(value), length = length_of(text, left);
	bool split = length > SHORT_STRING && length + in->indentation + 4 > BREAK_LENGTH;

	for (bool first = true; first || left > 0; first = false) {
		const char *end = split ? memchr(text, '\n', left) : NULL;
		size_t len = end ? (size_t)(end + 1 - text) : left;

		if (!first) {
			str_append(out, " +\n");
			str_append_repeat(out, ' ', in->indentation + 2);
		}
		append_quoted(text, len, out);
		text += len;
		left -= len;
	}
}

/* The shortest text that reads back to the same number. */
static void append_real(double value, struct str *out)
{
	char text[32];

	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	str_append(out, text);
}

static void append_key(const char *key, struct str *out)
{
	size_t len = strlen(key);
	bool plain = isalpha((unsigned char)key[0]) || key[0] == '_';

	for (size_t i = 0; i < len; i++)
		plain = plain && (isalnum((unsigned char)key[i]) || key[i] == '_');
	if (strcmp(key, "__proto__") == 0)
		str_append(out, "['__proto__']");
	else if (plain)
		str_append_bytes(out, key, len);
	else
		append_quoted(key, len, out);
	str_append(out, ": ");
}

/* Is this key one that JavaScript puts first, in the order of numbers? */
static bool is_index(const char *key)
{
	size_t len = strlen(key);

	return len > 0 && len <= 10 && strspn(key, "0123456789") == len &&
	       (key[0] != '0' || len == 1) && strtod(key, NULL) <= INDEX_MAX;
}

static int by_index(const void *a, const void *b)
{
	double x = strtod(*(const char *const *)a, NULL), y = strtod(*(const char *const *)b, NULL);

	return (x > y) - (x < y);
}

/* The keys of an object in JavaScript's order; borrowed texts in a list that is the caller's. */
static const char **keys_of(const json_t *object)
{
	const char **keys = mem_zalloc((json_object_size(object) + 1) * sizeof(*keys)), *key;
	json_t *mutable = json_incref((json_t *)(uintptr_t)object), *value;
	size_t count = 0;

	json_object_foreach(mutable, key, value)
	{
		if (is_index(key))
			keys[count++] = key;
	}
	qsort(keys, count, sizeof(*keys), by_index);
	json_object_foreach(mutable, key, value)
	{
		if (!is_index(key))
			keys[count++] = key;
	}
	json_decref(mutable);
	return keys;
}

static struct str *add(struct parts *parts)
{
	return &parts->items[parts->count++];
}

static struct parts parts_of(struct inspect *in, const json_t *value, int level)
{
	size_t size = json_is_array(value) ? json_array_size(value) : json_object_size(value);
	struct parts parts = {.items = mem_zalloc((size + 1) * sizeof(*parts.items))};

	in->indentation += 2;
	if (json_is_array(value)) {
		for (size_t i = 0; i < size; i++)
			append_value(in, json_array_get(value, i), level, add(&parts));
	} else {
		_cleanup_(mem_freep) const char **keys = keys_of(value);

		for (size_t i = 0; i < size; i++) {
			struct str *item = add(&parts);

			append_key(keys[i], item);
			append_value(in, json_object_get(value, keys[i]), level, item);
		}
	}
	in->indentation -= 2;
	return parts;
}

static void parts_done(struct parts *parts)
{
	for (size_t i = 0; i < parts->count; i++)
		str_done(&parts->items[i]);
	free(parts->items);
}

/* Square root by Newton; of small numbers, so that nobody loads a library for it. */
static double root(double x)
{
	double r = x > 1 ? x : 1;

	for (int i = 0; i < 60; i++)
		r = (r + x / r) / 2;
	return r;
}

static size_t columns_of(const struct inspect *in, const struct parts *parts)
{
	double total = 0, longest = 0, widest, bias, biased;
	size_t columns, room;

	for (size_t i = 0; i < parts->count; i++) {
		double width = utf8_width(str_cstr(&parts->items[i]), parts->items[i].len);

		total += width + 2;
		longest = width > longest ? width : longest;
	}
	widest = longest + 2;
	if (widest * 3 + in->indentation >= BREAK_LENGTH || (total / widest <= 5 && longest > 6))
		return 1;
	bias = root(widest - total / (double)parts->count);
	biased = widest - 3 - bias > 1 ? widest - 3 - bias : 1;
	columns = (size_t)(root(2.5 * biased * (double)parts->count) / biased + 0.5);
	room = (size_t)((BREAK_LENGTH - in->indentation) / widest);
	columns = columns < room ? columns : room;
	return columns < COMPACT * 4 ? columns : COMPACT * 4;
}

static void append_padded(const struct str *item, unsigned width, bool comma, bool right,
			  struct str *out)
{
	unsigned used = utf8_width(str_cstr(item), item->len) + (comma ? 2 : 0);

	if (right && used < width)
		str_append_repeat(out, ' ', width - used);
	str_append(out, str_cstr(item));
	str_append(out, comma ? ", " : "");
	if (!right && comma && used < width)
		str_append_repeat(out, ' ', width - used);
}

static unsigned column_width(const struct parts *parts, size_t column, size_t columns)
{
	unsigned width = 0;

	for (size_t i = column; i < parts->count; i += columns) {
		unsigned one = utf8_width(str_cstr(&parts->items[i]), parts->items[i].len);

		width = one > width ? one : width;
	}
	return width + 2;
}

/* A long list of short members: set in columns. False: it is left as it is. */
static bool group(const struct inspect *in, const json_t *list, struct parts *parts)
{
	size_t columns = columns_of(in, parts);
	struct parts rows = {.items = mem_zalloc((parts->count + 1) * sizeof(*rows.items))};
	bool numbers = true;

	if (columns <= 1) {
		parts_done(&rows);
		return false;
	}
	for (size_t i = 0; i < parts->count; i++)
		numbers = numbers && json_is_number(json_array_get(list, i));
	for (size_t i = 0; i < parts->count; i += columns) {
		struct str *row = add(&rows);
		size_t end = i + columns < parts->count ? i + columns : parts->count;

		for (size_t k = i; k < end; k++) {
			unsigned width = column_width(parts, k - i, columns);
			bool last = k + 1 == end;

			append_padded(&parts->items[k], last ? width - 2 : width, !last, numbers,
				      row);
		}
	}
	parts_done(parts);
	*parts = rows;
	return true;
}

static bool fits_a_line(const struct inspect *in, const struct parts *parts)
{
	size_t start = parts->count + in->indentation + 1 + 10, total = parts->count + start;

	if (total + parts->count > BREAK_LENGTH)
		return false;
	for (size_t i = 0; i < parts->count; i++) {
		if (memchr(str_cstr(&parts->items[i]), '\n', parts->items[i].len))
			return false;
		total += length_of(str_cstr(&parts->items[i]), parts->items[i].len);
	}
	return total <= BREAK_LENGTH;
}

static void append_parts(const struct inspect *in, const struct parts *parts, bool one_line,
			 struct str *out)
{
	for (size_t i = 0; i < parts->count; i++) {
		str_append(out, i ? "," : "");
		str_append_char(out, one_line ? ' ' : '\n');
		if (!one_line)
			str_append_repeat(out, ' ', in->indentation + 2);
		str_append_bytes(out, str_cstr(&parts->items[i]), parts->items[i].len);
	}
	str_append_char(out, one_line ? ' ' : '\n');
	if (!one_line)
		str_append_repeat(out, ' ', in->indentation);
}

static void append_container(struct inspect *in, const json_t *value, int level, struct str *out)
{
	bool list = json_is_array(value), grouped = false, one_line;
	_cleanup_(parts_done) struct parts parts = {};

	if ((list ? json_array_size(value) : json_object_size(value)) == 0) {
		str_append(out, list ? "[]" : "{}");
		return;
	}
	level++;
	in->depth = level;
	parts = parts_of(in, value, level);
	if (list && parts.count >= GROUPED_FROM)
		grouped = group(in, value, &parts);
	one_line = !grouped && in->depth - level < COMPACT && fits_a_line(in, &parts);
	str_append_char(out, list ? '[' : '{');
	append_parts(in, &parts, one_line, out);
	str_append_char(out, list ? ']' : '}');
}

static void append_value(struct inspect *in, const json_t *value, int level, struct str *out)
{
	if (json_is_array(value) || json_is_object(value))
		append_container(in, value, level, out);
	else if (json_is_string(value))
		append_string(in, value, out);
	else if (json_is_integer(value))
		str_appendf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		append_real(json_real_value(value), out);
	else
		str_append(out, json_is_true(value)    ? "true"
				: json_is_false(value) ? "false"
						       : "null");
}

void inspect_append(const json_t *value, struct str *out)
{
	struct inspect in = {};

	append_value(&in, value, 0, out);
}
