#include "shared/spec/dotenv.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/error.h"
#include "shared/base/keyval.h"
#include "shared/base/str.h"
#include "shared/option/option.h"
#include "shared/spec/interpolate.h"
#include "shared/spec/spec_text.h"

struct reading {
	const char *at, *end;
	const char *line_start;
	int line;
	const char *file;
	struct interpolate scope;
	struct keyval *found;
	struct diagnostics *diags;
};

struct place {
	int line, column;
};

static struct place here(const struct reading *r)
{
	struct place place = {.line = r->line, .column = 1};

	for (const char *c = r->line_start; c < r->at; c++)
		place.column += ((unsigned char)*c & 0xc0) != 0x80;
	return place;
}

static void say(struct reading *r, enum diagnostic_level level, struct place place,
		const char *hint, const char *fmt, ...) _printf_(5, 6);

static void say(struct reading *r, enum diagnostic_level level, struct place place,
		const char *hint, const char *fmt, ...)
{
	_cleanup_(str_done) struct str text = {};
	va_list args;

	va_start(args, fmt);
	str_appendv(&text, fmt, args);
	va_end(args);
	diagnostics_add(r->diags, level, r->file, place.line, place.column, hint, "%s",
			str_cstr(&text));
}

static char next(const struct reading *r)
{
	return r->at < r->end ? *r->at : '\0';
}

static void step(struct reading *r)
{
	if (*r->at++ != '\n')
		return;
	r->line++;
	r->line_start = r->at;
}

/* '\r' too: it only stands before a newline. */
static void skip_blanks(struct reading *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\r'))
		r->at++;
}

static void skip_line(struct reading *r)
{
	const char *newline = memchr(r->at, '\n', (size_t)(r->end - r->at));

	r->at = newline ? newline : r->end;
}

static bool at_end_of_line(const struct reading *r)
{
	return r->at == r->end || *r->at == '\n';
}

static char *take_name(struct reading *r)
{
	const char *start = r->at;

	if (isdigit((unsigned char)next(r)) || next(r) == '.' || next(r) == '-')
		return NULL;
	while (r->at < r->end && (isalnum((unsigned char)*r->at) || strchr("_.-", *r->at)))
		r->at++;
	return r->at == start ? NULL : mem_strndup(start, (size_t)(r->at - start));
}

static void skip_export(struct reading *r)
{
	if (r->end - r->at > 6 && strncmp(r->at, "export", 6) == 0 &&
	    (r->at[6] == ' ' || r->at[6] == '\t')) {
		r->at += 6;
		skip_blanks(r);
	}
}

/* Behind a backslash in "…". A dollar is hidden from the interpolation by doubling it. */
static void take_escape(struct reading *r, struct str *raw)
{
	static const char from[] = "nrt\"\\", to[] = "\n\r\t\"\\";
	const char *known = next(r) ? strchr(from, next(r)) : NULL;

	if (next(r) == '$') {
		const char *run = r->at;

		while (run < r->end && *run == '$')
			run++;
		str_append(raw, run < r->end && *run == '{' ? "$$" : "$");
		r->at++;
	} else if (known) {
		str_append_char(raw, to[known - from]);
		r->at++;
	} else {
		str_append_char(raw, '\\'); /* what follows means itself */
	}
}

/* Between quotes; the end is behind the closing one. */
static bool take_quoted(struct reading *r, struct str *raw)
{
	struct place start = here(r);
	char quote = *r->at++;

	while (r->at < r->end && *r->at != quote) {
		if (*r->at == '\\' && quote == '"') {
			r->at++;
			take_escape(r, raw);
			continue;
		}
		if (!(*r->at == '\r' && r->at + 1 < r->end && r->at[1] == '\n'))
			str_append_char(raw, *r->at);
		step(r);
	}
	if (r->at == r->end) {
		say(r, DIAGNOSTIC_ERROR, start, "quotes may go over several lines; close them",
		    "the quote %c is not closed", quote);
		return false;
	}
	r->at++;
	skip_blanks(r);
	if (at_end_of_line(r) || *r->at == '#')
		return true;
	say(r, DIAGNOSTIC_ERROR, here(r), "only a comment may stand there",
	    "text behind the closing quote");
	return false;
}

static void take_plain(struct reading *r, struct str *raw)
{
	const char *start = r->at, *stop;

	while (!at_end_of_line(r) && *r->at != '#')
		r->at++;
	if (next(r) == '#' && r->at > start && !isspace((unsigned char)r->at[-1]))
		say(r, DIAGNOSTIC_WARNING, here(r), "put the value in quotes if # belongs to it",
		    "the value ends at #");
	for (stop = r->at; stop > start && isspace((unsigned char)stop[-1]);)
		stop--;
	str_append_bytes(raw, start, (size_t)(stop - start));
}

static void set(struct reading *r, struct place place, const char *name, const char *value)
{
	if (strlen(name) + strlen(value) + 1 > OPTION_STRING_MAX)
		say(r, DIAGNOSTIC_ERROR, place, NULL,
		    "%.60s is %zu bytes long, at most %d are allowed", name, strlen(value),
		    OPTION_STRING_MAX);
	else
		keyval_set(r->found, name, value);
}

static void take_value(struct reading *r, const char *name)
{
	_cleanup_(str_done) struct str raw = {}, value = {};
	struct pmc_error err = {};
	struct place place;
	char quote;

	skip_blanks(r);
	place = here(r);
	quote = next(r);
	if (quote != '\'' && quote != '"' && quote != '`')
		take_plain(r, &raw);
	else if (!take_quoted(r, &raw))
		return;
	if (quote == '\'')
		set(r, place, name, str_cstr(&raw));
	else if (interpolate_append(&r->scope, str_cstr(&raw), &value, &err) < 0)
		say(r, DIAGNOSTIC_ERROR, place,
		    err.code == -ENOENT ? "set it before, give a default, or use '…'" : err.hint,
		    "%s", err.message);
	else
		set(r, place, name, str_cstr(&value));
}

static void take_line(struct reading *r)
{
	_cleanup_(mem_freep) char *name = NULL;
	struct place place;

	skip_export(r);
	place = here(r);
	name = take_name(r);
	skip_blanks(r);
	if (!name || next(r) != '=') {
		say(r, DIAGNOSTIC_ERROR, name ? here(r) : place, "comments begin with #",
		    "expected NAME=value");
	} else if (r->found->count >= DOTENV_VARIABLES_MAX && !keyval_get(r->found, name)) {
		say(r, DIAGNOSTIC_ERROR, place, NULL, "more than %d variables",
		    DOTENV_VARIABLES_MAX);
		r->at = r->end;
	} else {
		r->at++;
		take_value(r, name);
	}
	skip_line(r);
}

int dotenv_parse(const char *text, size_t len, const char *file, const struct keyval *outer,
		 struct keyval *vars, struct diagnostics *diags)
{
	_cleanup_(keyval_done) struct keyval found = {};
	const char *start = text + spec_text_mark(text, len);
	struct reading r = {.at = start,
			    .end = text + len,
			    .line_start = start,
			    .line = 1,
			    .file = file,
			    .found = &found,
			    .diags = diags};
	size_t before = diags->errors;

	r.scope = (struct interpolate){.scopes = {&found, vars, outer},
				       .budget = 8 * DOTENV_FILE_MAX};
	if (len > DOTENV_FILE_MAX) {
		diagnostics_add(diags, DIAGNOSTIC_ERROR, file, 0, 0, NULL, "larger than %d MiB",
				DOTENV_FILE_MAX >> 20);
		return -EINVAL;
	}
	if (!spec_text_check(text, len, file, diags))
		return -EINVAL;
	while (r.at < r.end) {
		skip_blanks(&r);
		if (next(&r) == '#')
			skip_line(&r);
		else if (!at_end_of_line(&r))
			take_line(&r);
		if (r.at < r.end)
			step(&r);
	}
	if (diags->errors > before)
		return -EINVAL;
	keyval_merge(vars, &found);
	return 0;
}
