#include "cli/out/table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "cli/out/table_layout.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

void table_init(struct table *table, const struct table_column *columns, size_t ncolumns)
{
	assert(ncolumns <= TABLE_COLUMNS_MAX);
	*table = (struct table){.columns = columns, .ncolumns = ncolumns};
}

void table_done(struct table *table)
{
	for (size_t i = 0; i < table->nrows * table->ncolumns; i++)
		free(table->cells[i].text);
	free(table->cells);
	*table = (struct table){};
}

void table_row(struct table *table)
{
	if (table->nrows == table->cap) {
		table->cap = table->cap ? 2 * table->cap : 16;
		table->cells = mem_resize(table->cells, table->cap,
					  table->ncolumns * sizeof(*table->cells));
	}
	memset(&table->cells[table->nrows * table->ncolumns], 0,
	       table->ncolumns * sizeof(*table->cells));
	table->nrows++;
}

void table_set(struct table *table, size_t column, enum style_role role, const char *text)
{
	struct table_cell *cell = &table->cells[(table->nrows - 1) * table->ncolumns + column];

	free(cell->text);
	*cell = (struct table_cell){.text = mem_strdup(text), .role = role};
}

void table_setf(struct table *table, size_t column, enum style_role role, const char *fmt, ...)
{
	struct str text = {};
	va_list args;

	va_start(args, fmt);
	str_appendv(&text, fmt, args);
	va_end(args);
	table_set(table, column, role, NULL);
	table->cells[(table->nrows - 1) * table->ncolumns + column].text = str_steal(&text);
}

static void append_rule(const struct table *table, const struct table_layout *layout,
			const struct style *style, const char *const parts[4], struct str *out)
{
	bool first = true;

	str_append(out, style_begin(style, STYLE_DIM));
	for (size_t c = 0; c < table->ncolumns; c++) {
		if (!layout->width[c])
			continue;
		str_append(out, first ? parts[0] : parts[1]);
		first = false;
		for (unsigned i = 0; i < layout->width[c] + 2; i++)
			str_append(out, parts[3]);
	}
	str_append(out, parts[2]);
	str_append(out, style_end(style, STYLE_DIM));
	str_append_char(out, '\n');
}

static void append_cell(const char *text, unsigned width, bool right, enum style_role role,
			const struct style *style, struct str *out)
{
	unsigned used = right ? table_layout_text(text) : 0;

	str_append_char(out, ' ');
	if (right && used < width)
		str_append_repeat(out, ' ', width - used);
	str_append(out, style_begin(style, role));
	used = utf8_fit(out, text, width);
	str_append(out, style_end(style, role));
	if (!right && used < width)
		str_append_repeat(out, ' ', width - used);
	str_append_char(out, ' ');
}

static void append_border(const struct style *style, struct str *out)
{
	str_append(out, style_begin(style, STYLE_DIM));
	str_append(out, "│");
	str_append(out, style_end(style, STYLE_DIM));
}

static void append_titles(const struct table *table, const struct table_layout *layout,
			  const struct style *style, struct str *out)
{
	for (size_t c = 0; c < table->ncolumns; c++) {
		if (!layout->width[c])
			continue;
		append_border(style, out);
		append_cell(table->columns[c].title, layout->width[c], table->columns[c].right,
			    STYLE_TITLE, style, out);
	}
	append_border(style, out);
	str_append_char(out, '\n');
}

/* The bytes of `text` that stand in one line: up to behind a blank, else behind a slash, else as
 * many as there is room for; at least a character of what is left. */
static size_t line_bytes(const char *text, unsigned width)
{
	size_t len = strlen(text), at = 0, blank = 0, slash = 0;
	unsigned used = 0;

	while (at < len) {
		unsigned wide;
		size_t step = utf8_width_cluster(text + at, len - at, &wide);

		if (at > 0 && used + wide > width)
			return blank ? blank : slash ? slash : at;
		used += wide;
		at += step;
		if (text[at - 1] == ' ')
			blank = at;
		if (text[at - 1] == '/')
			slash = at;
	}
	return len;
}

/* One line of a row; `at` is where in its text each cell goes on. False: that was the last. */
static bool append_line(const struct table *table, const struct table_layout *layout, size_t row,
			size_t *at, const struct style *style, struct str *out)
{
	bool more = false;

	for (size_t c = 0; c < table->ncolumns; c++) {
		const struct table_column *column = &table->columns[c];
		const char *text = table_layout_cell(table, row, c) + at[c];
		size_t len = column->wrap ? line_bytes(text, layout->width[c]) : strlen(text);
		_cleanup_(mem_freep) char *part = text[len] ? mem_strndup(text, len) : NULL;

		if (!layout->width[c])
			continue;
		append_border(style, out);
		append_cell(part ? part : text, layout->width[c], column->right,
			    table->cells[row * table->ncolumns + c].role, style, out);
		at[c] += len;
		more |= text[len] != '\0';
	}
	append_border(style, out);
	str_append_char(out, '\n');
	return more;
}

static void append_row(const struct table *table, const struct table_layout *layout, size_t row,
		       const struct style *style, struct str *out)
{
	size_t at[TABLE_COLUMNS_MAX] = {};

	while (append_line(table, layout, row, at, style, out))
		;
}

unsigned table_render(const struct table *table, unsigned width, const struct style *style,
		      struct str *out)
{
	static const char *const top[] = {"╭", "┬", "╮", "─"};
	static const char *const middle[] = {"├", "┼", "┤", "─"};
	static const char *const bottom[] = {"╰", "┴", "╯", "─"};
	struct table_layout layout = {};
	unsigned dropped;

	dropped = table_layout_fit(table, width, &layout);
	append_rule(table, &layout, style, top, out);
	if (!table->headless) {
		append_titles(table, &layout, style, out);
		append_rule(table, &layout, style, middle, out);
	}
	for (size_t row = 0; row < table->nrows; row++)
		append_row(table, &layout, row, style, out);
	append_rule(table, &layout, style, bottom, out);
	return dropped;
}

unsigned table_terminal_width(int fd, unsigned otherwise)
{
	struct winsize size = {};
	const char *columns = getenv("COLUMNS");
	long wanted = columns ? strtol(columns, NULL, 10) : 0;

	if (wanted <= 0 || wanted >= 10000)
		wanted = 0;
	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return wanted > 0 && wanted < size.ws_col ? (unsigned)wanted : size.ws_col;
	return wanted > 0 ? (unsigned)wanted : otherwise;
}
