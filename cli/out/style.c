#include "cli/out/style.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/str.h"

static const struct {
	const char *few, *many; /* 16 and 256 colours */
} sequences[STYLE_ROLES] = {
	[STYLE_PLAIN] = {"", ""},
	[STYLE_DIM] = {"\033[2m", "\033[38;5;243m"},
	[STYLE_TITLE] = {"\033[1m", "\033[1;38;5;75m"},
	[STYLE_ID] = {"\033[1;36m", "\033[1;38;5;80m"},
	[STYLE_GOOD] = {"\033[1;32m", "\033[1;38;5;78m"},
	[STYLE_BAD] = {"\033[1;31m", "\033[1;38;5;203m"},
	[STYLE_CHANGE] = {"\033[34m", "\033[38;5;75m"},
	[STYLE_REST] = {"\033[2m", "\033[38;5;247m"},
	[STYLE_WARN] = {"\033[33m", "\033[38;5;221m"},
	[STYLE_ERR_STREAM] = {"\033[31m", "\033[38;5;203m"},
	[STYLE_OUT_STREAM] = {"\033[32m", "\033[38;5;78m"},
};

static bool is_dumb(const char *term)
{
	return !term || !*term || strcmp(term, "dumb") == 0;
}

bool style_redraws(int fd)
{
	return isatty(fd) && !is_dumb(getenv("TERM"));
}

static int colors_of_terminal(void)
{
	const char *term = getenv("TERM"), *truecolor = getenv("COLORTERM");

	if (is_dumb(term))
		return 0;
	if (strstr(term, "256color") || strstr(term, "kitty") || (truecolor && *truecolor))
		return 256;
	return 16;
}

struct style style_detect(int fd, bool never)
{
	const char *no_color = getenv("NO_COLOR");

	if (never || (no_color && *no_color) || !isatty(fd))
		return (struct style){.colors = 0};
	return (struct style){.colors = colors_of_terminal()};
}

const char *style_begin(const struct style *style, enum style_role role)
{
	if (style->colors == 0)
		return "";
	return style->colors == 256 ? sequences[role].many : sequences[role].few;
}

const char *style_end(const struct style *style, enum style_role role)
{
	return style->colors == 0 || role == STYLE_PLAIN ? "" : "\033[0m";
}

void style_appendf(const struct style *style, struct str *out, enum style_role role,
		   const char *fmt, ...)
{
	va_list args;

	str_append(out, style_begin(style, role));
	va_start(args, fmt);
	str_appendv(out, fmt, args);
	va_end(args);
	str_append(out, style_end(style, role));
}

enum style_role style_state_role(enum instance_state state)
{
	switch (state_role(state)) {
	case ROLE_GOOD:
		return STYLE_GOOD;
	case ROLE_BAD:
		return STYLE_BAD;
	case ROLE_CHANGING:
		return STYLE_CHANGE;
	case ROLE_RESTING:
		return STYLE_REST;
	}
	unreachable();
}

const char *style_state_mark(enum instance_state state)
{
	switch (state_role(state)) {
	case ROLE_GOOD:
		return "●";
	case ROLE_BAD:
		return "✖";
	case ROLE_CHANGING:
		return "◐";
	case ROLE_RESTING:
		return "○";
	}
	unreachable();
}
