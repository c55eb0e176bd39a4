#include "shared/base/diagnostics.h"

#include <stdarg.h>
#include <string.h>

#include "shared/base/str.h"
#include "shared/base/utf8.h"

/* A source line longer than this is shown in part, the caret somewhere in it: what a terminal
 * breaks has the caret below another line. */
#define SOURCE_LINE_MAX 72

void diagnostics_done(struct diagnostics *diags)
{
	for (size_t i = 0; i < diags->count; i++) {
		free(diags->items[i].file);
		free(diags->items[i].message);
		free(diags->items[i].hint);
	}
	free(diags->items);
	*diags = (struct diagnostics){};
}

void diagnostics_add(struct diagnostics *diags, enum diagnostic_level level, const char *file,
		     int line, int column, const char *hint, const char *fmt, ...)
{
	struct str message = {};
	va_list args;

	diags->errors += level == DIAGNOSTIC_ERROR;
	if (diags->count == DIAGNOSTICS_MAX) {
		diags->dropped++;
		return;
	}
	va_start(args, fmt);
	str_appendv(&message, fmt, args);
	va_end(args);
	diags->items = mem_resize(diags->items, diags->count + 1, sizeof(*diags->items));
	diags->items[diags->count++] = (struct diagnostic){
		.level = level,
		.file = mem_strdup(file),
		.line = line,
		.column = column,
		.message = str_steal(&message),
		.hint = mem_strdup(hint),
	};
}

/* Files in the order they were first complained about. */
static size_t file_rank(const struct diagnostics *diags, size_t item)
{
	size_t i = 0;

	while (!str_equal(diags->items[i].file, diags->items[item].file))
		i++;
	return i;
}

static bool stands_before(const struct diagnostics *diags, size_t a, size_t b)
{
	const struct diagnostic *x = &diags->items[a], *y = &diags->items[b];
	size_t x_rank = file_rank(diags, a), y_rank = file_rank(diags, b);

	if (x_rank != y_rank)
		return x_rank < y_rank;
	return x->line != y->line ? x->line < y->line : x->column < y->column;
}

/* What was added first stays first at the same place. */
static void sort_by_place(const struct diagnostics *diags, size_t *order)
{
	for (size_t i = 0; i < diags->count; i++) {
		size_t at = i;

		for (; at > 0 && stands_before(diags, i, order[at - 1]); at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
}

static const char *find_line(const char *source, size_t source_len, int line, size_t *ret_len)
{
	const char *end = source + source_len, *newline;

	for (; line > 1; line--) {
		source = memchr(source, '\n', (size_t)(end - source));
		if (!source)
			return NULL;
		source++;
	}
	newline = memchr(source, '\n', (size_t)(end - source));
	*ret_len = (size_t)((newline ? newline : end) - source);
	if (*ret_len > 0 && source[*ret_len - 1] == '\r')
		--*ret_len;
	return source;
}

/* Bytes of the first `count` characters. */
static size_t characters_bytes(const char *s, size_t len, size_t count)
{
	size_t at = 0;

	for (; count > 0 && at < len; count--) {
		uint32_t code;
		size_t step = utf8_decode(s + at, len - at, &code);

		at += step ? step : 1;
	}
	return at;
}

static bool inside_character(const char *s, size_t at)
{
	return ((unsigned char)s[at] & 0xc0) == 0x80;
}

/* As many columns as `s` takes; tabs stay tabs so that the caret stands right whatever they are
 * worth. */
static void append_blank(struct str *out, const char *s, size_t len)
{
	for (;;) {
		const char *tab = memchr(s, '\t', len);
		size_t part = tab ? (size_t)(tab - s) : len;

		str_append_repeat(out, ' ', utf8_width(s, part));
		if (!tab)
			return;
		str_append_char(out, '\t');
		s += part + 1;
		len -= part + 1;
	}
}

static void append_text(struct str *out, const char *text)
{
	if (text)
		utf8_escape(out, text, strlen(text), true);
}

static void append_source(struct str *out, const struct diagnostic *item, const char *line,
			  size_t len)
{
	size_t caret = item->column > 0 ? characters_bytes(line, len, (size_t)item->column - 1) : 0;
	size_t from = 0, to = len;

	if (len > SOURCE_LINE_MAX) {
		from = caret > SOURCE_LINE_MAX / 2 ? caret - SOURCE_LINE_MAX / 2 : 0;
		to = len - from > SOURCE_LINE_MAX ? from + SOURCE_LINE_MAX : len;
		while (from > 0 && inside_character(line, from))
			from--;
		while (to < len && inside_character(line, to))
			to++;
	}
	str_appendf(out, "%5d | ", item->line);
	utf8_escape(out, line + from, to - from, false);
	str_append_char(out, '\n');
	if (item->column <= 0)
		return;
	str_append(out, "      | ");
	append_blank(out, line + from, caret - from);
	str_append(out, item->hint ? "^ " : "^");
	append_text(out, item->hint);
	str_append_char(out, '\n');
}

static void append_item(struct str *out, const struct diagnostic *item, const char *source,
			size_t source_len)
{
	const char *line = NULL;
	size_t len = 0;

	if (source && item->file && item->line > 0)
		line = find_line(source, source_len, item->line, &len);
	if (item->file) {
		append_text(out, item->file);
		str_append_char(out, ':');
	}
	if (item->line > 0)
		str_appendf(out, item->file ? "%d:" : "line %d:", item->line);
	if (item->line > 0 && item->column > 0)
		str_appendf(out, "%d:", item->column);
	if (item->file || item->line > 0)
		str_append_char(out, ' ');
	if (item->level == DIAGNOSTIC_WARNING)
		str_append(out, "warning: ");
	append_text(out, item->message);
	if (item->hint && (!line || item->column <= 0)) {
		str_append(out, "; ");
		append_text(out, item->hint);
	}
	str_append_char(out, '\n');
	if (line)
		append_source(out, item, line, len);
}

void diagnostics_format(const struct diagnostics *diags, const char *source, size_t source_len,
			struct str *out)
{
	size_t order[DIAGNOSTICS_MAX];

	sort_by_place(diags, order);
	for (size_t i = 0; i < diags->count; i++) {
		const struct diagnostic *item = &diags->items[order[i]];
		bool shown = !diags->source_file || str_equal(diags->source_file, item->file);

		append_item(out, item, shown ? source : NULL, source_len);
	}
	if (diags->dropped)
		str_appendf(out, "and %zu more\n", diags->dropped);
}
