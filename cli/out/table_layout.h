/* table_layout: which columns of a table are shown on a terminal, and how wide. Inside of table
 * only. Pure. */
#pragma once
#include <stddef.h>

struct table;

#define TABLE_COLUMNS_MAX 32

/* 0: the column is not shown. */
struct table_layout {
	unsigned width[TABLE_COLUMNS_MAX];
};

/* The widths of a box that is at most `width` columns wide, or as narrow as it can be. Returns how
 * many columns are not shown. */
unsigned table_layout_fit(const struct table *table, unsigned width, struct table_layout *layout);

/* The text of a cell; "" when it was not set. */
const char *table_layout_cell(const struct table *table, size_t row, size_t column);

/* Columns a text takes. */
unsigned table_layout_text(const char *text);
