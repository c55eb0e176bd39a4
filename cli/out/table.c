#include "cli/out/table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "shared/base/str.h"
#include "shared/base/utf8.h"

#define COLUMNS_MAX 32

/* The widths of this rendering; 0: the column is not shown. */
struct layout {
	unsigned width[COLUMNS_MAX];
	size_t shown;
};

void table_init(struct table *table, const struct table_column *columns, size_t ncolumns)
{
	assert(ncolumns <= COLUMNS_MAX);
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

static const char *cell_text(const struct table *table, size_t row, size_t column)
{
	const char *text = table->cells[row * table->ncolumns + column].text;

	return text ? text : "";
}

/* Nearly every cell is plain ASCII: its width is its length. */
static unsigned text_width(const char *text)
{
	size_t len = 0;

	while (text[len] >= ' ' && text[len] <= '~')
		len++;
	return text[len] == '\0' ? (unsigned)len : utf8_width(text, strlen(text));
}

static unsigned natural_width(const struct table *table, size_t column)
{
	const struct table_column *col = &table->columns[column];
	unsigned width = table->headless ? 0 : text_width(col->title);

	if (width < col->least)
		width = col->least;
	for (size_t row = 0; row < table->nrows; row++) {
		unsigned w = text_width(cell_text(table, row, column));

		if (w > width)
			width = w;
	}
	if (col->most && width > col->most)
		width = col->most;
	return width > 0 ? width : 1;
}

/* A column costs its text, a blank on both sides, and a border; the box one border more. */
static unsigned box_width(const struct table *table, const struct layout *layout)
{
	unsigned total = 1;

	for (size_t c = 0; c < table->ncolumns; c++) {
		if (layout->width[c])
			total += layout->width[c] + 3;
	}
	return total;
}

static bool drop_one(const struct table *table, struct layout *layout)
{
	size_t victim = table->ncolumns;
	unsigned highest = 0;

	for (size_t c = 0; c < table->ncolumns; c++) {
		if (layout->width[c] && table->columns[c].drop > highest) {
			highest = table->columns[c].drop;
			victim = c;
		}
	}
	if (victim == table->ncolumns)
		return false;
	layout->width[victim] = 0;
	layout->shown--;
	return true;
}

/* How many columns could be won by cutting texts that stay easy to read. */
static unsigned slack(const struct table *table, const struct layout *layout)
{
	unsigned sum = 0;

	for (size_t c = 0; c < table->ncolumns; c++) {
		unsigned cosy = table->columns[c].cosy;

		if (cosy && layout->width[c] > cosy)
			sum += layout->width[c] - cosy;
	}
	return sum;
}

static bool shrink_one(const struct table *table, struct layout *layout)
{
	size_t widest = table->ncolumns;

	for (size_t c = 0; c < table->ncolumns; c++) {
		unsigned min = table->columns[c].min;

		if (!min || layout->width[c] <= min)
			continue;
		if (widest == table->ncolumns || layout->width[c] > layout->width[widest])
			widest = c;
	}
	if (widest == table->ncolumns)
		return false;
	layout->width[widest]--;
	return true;
}

static void fit(const struct table *table, unsigned width, struct layout *layout)
{
	for (size_t c = 0; c < table->ncolumns; c++)
		layout->width[c] = natural_width(table, c);
	layout->shown = table->ncolumns;

	while (box_width(table, layout) > width + slack(table, layout) && drop_one(table, layout))
		;
	while (box_width(table, layout) > width && shrink_one(table, layout))
		;
}

static void append_rule(const struct table *table, const struct layout *layout,
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
	unsigned used = right ? text_width(text) : 0;

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

static void append_titles(const struct table *table, const struct layout *layout,
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

static void append_row(const struct table *table, const struct layout *layout, size_t row,
		       const struct style *style, struct str *out)
{
	for (size_t c = 0; c < table->ncolumns; c++) {
		if (!layout->width[c])
			continue;
		append_border(style, out);
		append_cell(cell_text(table, row, c), layout->width[c], table->columns[c].right,
			    table->cells[row * table->ncolumns + c].role, style, out);
	}
	append_border(style, out);
	str_append_char(out, '\n');
}

void table_render(const struct table *table, unsigned width, const struct style *style,
		  struct str *out)
{
	static const char *const top[] = {"╭", "┬", "╮", "─"};
	static const char *const middle[] = {"├", "┼", "┤", "─"};
	static const char *const bottom[] = {"╰", "┴", "╯", "─"};
	struct layout layout = {};

	fit(table, width, &layout);
	append_rule(table, &layout, style, top, out);
	if (!table->headless) {
		append_titles(table, &layout, style, out);
		append_rule(table, &layout, style, middle, out);
	}
	for (size_t row = 0; row < table->nrows; row++)
		append_row(table, &layout, row, style, out);
	append_rule(table, &layout, style, bottom, out);
}

unsigned table_terminal_width(int fd, unsigned otherwise)
{
	struct winsize size;
	const char *columns = getenv("COLUMNS");
	long value;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	value = columns ? strtol(columns, NULL, 10) : 0;
	return value > 0 && value < 10000 ? (unsigned)value : otherwise;
}
