/* style: colour roles, and what they are on this terminal. No module but this one knows an escape
 * sequence.
 *
 * A role says what a text means; the style says how many colours there are: none (not a terminal,
 * NO_COLOR, --no-color, TERM=dumb), 16 or 256. Nothing here prints. */
#pragma once
#include <stdbool.h>

#include "shared/base/mem.h"
#include "shared/model/state.h"

struct str;

enum style_role {
	STYLE_PLAIN,
	STYLE_DIM,    /* borders, notes, what is not important */
	STYLE_TITLE,  /* heads of tables and sections */
	STYLE_ID,     /* ids, as PM2 bold cyan */
	STYLE_GOOD,   /* online, done */
	STYLE_BAD,    /* errored, errors */
	STYLE_CHANGE, /* on its way */
	STYLE_REST,   /* stopped */
	STYLE_WARN,
	STYLE_ERR_STREAM, /* stderr of an app in `logs` */
	STYLE_OUT_STREAM,
	STYLE_ROLES,
};

struct style {
	int colors; /* 0, 16 or 256 */
};

/* How many colours `fd` shows: 0 unless it is a terminal. `never`: --no-color. Reads NO_COLOR,
 * TERM, COLORTERM. */
struct style style_detect(int fd, bool never);

/* Can what was written to `fd` be drawn over: is it a terminal that moves its cursor? */
bool style_redraws(int fd);

/* The escape sequence that starts a role, "" when there is none; and the one that ends it. Static
 * strings. */
const char *style_begin(const struct style *style, enum style_role role);
const char *style_end(const struct style *style, enum style_role role);

/* Append printf text in a role. The text is taken as it is: escape what comes from apps before. */
void style_appendf(const struct style *style, struct str *out, enum style_role role,
		   const char *fmt, ...) _printf_(4, 5);

/* The role of a state, and the mark that stands before its word. */
enum style_role style_state_role(enum instance_state state);
const char *style_state_mark(enum instance_state state);
