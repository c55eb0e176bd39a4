#include "cli/out/table_layout.h"

#include <string.h>

#include "cli/out/table.h"
#include "shared/base/utf8.h"

const char *table_layout_cell(const struct table *table, size_t row, size_t column)
{
	const char *text = table->cells[row * table->ncolumns + column].text;

	return text ? text : "";
}

/* Nearly every cell is plain ASCII: its width is its length. */
unsigned table_layout_text(const char *text)
{
	size_t len = 0;

	while (text[len] >= ' ' && text[len] <= '~')
		len++;
	return text[len] == '\0' ? (unsigned)len : utf8_width(text, strlen(text));
}

static unsigned natural_width(const struct table *table, size_t column)
{
	const struct table_column *col = &table->columns[column];
	unsigned width = table->headless ? 0 : table_layout_text(col->title);

	if (width < col->least)
		width = col->least;
	for (size_t row = 0; row < table->nrows; row++) {
		unsigned w = table_layout_text(table_layout_cell(table, row, column));

		if (w > width)
			width = w;
	}
	if (col->most && width > col->most)
		width = col->most;
	return width > 0 ? width : 1;
}

/* A column costs its text, a blank on both sides, and a border; the box one border more. */
static unsigned box_width(const struct table *table, const struct table_layout *layout)
{
	unsigned total = 1;

	for (size_t c = 0; c < table->ncolumns; c++) {
		if (layout->width[c])
			total += layout->width[c] + 3;
	}
	return total;
}

static bool drop_one(const struct table *table, struct table_layout *layout)
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
	return true;
}

/* How many columns could be won by cutting texts that stay easy to read. */
static unsigned slack(const struct table *table, const struct table_layout *layout)
{
	unsigned sum = 0;

	for (size_t c = 0; c < table->ncolumns; c++) {
		unsigned cosy = table->columns[c].cosy;

		if (cosy && layout->width[c] > cosy)
			sum += layout->width[c] - cosy;
	}
	return sum;
}

static bool shrink_one(const struct table *table, struct table_layout *layout)
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

unsigned table_layout_fit(const struct table *table, unsigned width, struct table_layout *layout)
{
	unsigned dropped = 0;

	for (size_t c = 0; c < table->ncolumns; c++)
		layout->width[c] = natural_width(table, c);

	while (box_width(table, layout) > width + slack(table, layout) && drop_one(table, layout))
		dropped++;
	while (box_width(table, layout) > width && shrink_one(table, layout))
		;
	return dropped;
}
