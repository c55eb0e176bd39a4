/* table: rows in a box, fitted to a terminal.
 *
 * Columns know what they may lose: when the box is wider than the terminal, columns may first get
 * narrower down to `cosy`; then columns are dropped in the order of their `drop` numbers (highest
 * first); then the ones that may shrink do so, the widest first, down to their `min`. Texts are cut
 * with '…', or go on in the next line (`wrap`), by their width on the terminal (CJK, emoji) and
 * control bytes are escaped, so no text of an app can harm it. Pure: renders into a struct str. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "cli/out/style.h"

struct table_column {
	const char *title;
	unsigned min;	/* may shrink to this many columns; 0: never shrinks */
	unsigned cosy;	/* shrinks to this before any column is dropped; 0: drop columns first */
	unsigned drop;	/* 0: stays; the highest number goes first */
	unsigned least; /* at least this wide, so that lists look alike from call to call */
	unsigned most;	/* cut at this width even where there is room; 0: no such limit */
	bool right;	/* numbers stand on the right */
	bool wrap; /* texts go on in the next line, behind a blank or a slash if there is one */
};

struct table_cell {
	char *text;
	enum style_role role;
};

struct table {
	const struct table_column *columns;
	size_t ncolumns;
	struct table_cell *cells; /* nrows * ncolumns */
	size_t nrows, cap;
	bool headless; /* no line of titles: a list of key and value */
};

/* `columns` must outlive the table. */
void table_init(struct table *table, const struct table_column *columns, size_t ncolumns);
void table_done(struct table *table);

/* A new row of empty cells; the following table_set() fill it. */
void table_row(struct table *table);
void table_set(struct table *table, size_t column, enum style_role role, const char *text);
void table_setf(struct table *table, size_t column, enum style_role role, const char *fmt, ...)
	_printf_(4, 5);

/* Append the box, at most `width` columns wide (never narrower than its fixed columns need).
 * Returns how many columns had no room. */
unsigned table_render(const struct table *table, unsigned width, const struct style *style,
		      struct str *out);

/* Columns to draw for: what COLUMNS says, but no more than the terminal at `fd` has. `otherwise`:
 * neither says anything. */
unsigned table_terminal_width(int fd, unsigned otherwise);
