#include "cli/event_line.h"

#include <string.h>

#include "cli/out/json.h"
#include "cli/out/style.h"
#include "cli/out/wrap.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/units.h"
#include "shared/base/utf8.h"

#define WHO_COLUMNS 12
#define NAME_COLUMNS 8
#define INDENT 4
#define TIME_COLUMNS 25 /* with the blanks behind it */

static enum style_role role_of(const char *event)
{
	static const struct {
		const char *event;
		enum style_role role;
	} roles[] = {
		{"online", STYLE_GOOD},
		{"log resumed", STYLE_GOOD},
		{"errored", STYLE_BAD},
		{"killed", STYLE_WARN},
		{"exit", STYLE_WARN},
		{"stray", STYLE_WARN},
		{"log stalled", STYLE_BAD},
		{"log dropped", STYLE_BAD},
		{"safe mode", STYLE_BAD},
		{"stopped", STYLE_REST},
		{"deleted", STYLE_REST},
		{"engine restarted", STYLE_WARN},
		{"keeper replaced", STYLE_WARN},
	};

	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		if (strcmp(roles[i].event, event) == 0)
			return roles[i].role;
	}
	return STYLE_CHANGE;
}

static void append_who(const json_t *event, struct str *out)
{
	const char *app = json_get_text(event, "app", NULL);
	json_t *id = json_object_get(event, "pm_id");

	if (!app || !*app) {
		str_append(out, "pmcd");
		return;
	}
	str_append(out, app);
	if (json_is_integer(id) && json_integer_value(id) >= 0)
		str_appendf(out, " (%" JSON_INTEGER_FORMAT ")", json_integer_value(id));
}

/* How it ended, for events whose detail does not say it. */
static void append_end(const json_t *event, struct str *out)
{
	json_t *code = json_object_get(event, "code");
	int number = (int)json_integer_value(json_object_get(event, "signal"));

	if (number > 0)
		str_appendf(out, "  killed by %s%s", units_signal_name(number),
			    json_is_true(json_object_get(event, "core")) ? " (core dumped)" : "");
	else if (json_is_integer(code) && json_integer_value(code) >= 0)
		str_appendf(out, "  exit code %" JSON_INTEGER_FORMAT, json_integer_value(code));
}

static void append_facts(const json_t *event, struct str *out)
{
	json_t *pid = json_object_get(event, "pid");
	const char *cause = json_get_text(event, "cause", ""),
		   *detail = json_get_text(event, "detail", "");

	if (json_integer_value(pid) > 0)
		str_appendf(out, "  pid %" JSON_INTEGER_FORMAT, json_integer_value(pid));
	if (!*detail)
		append_end(event, out);
	if (*cause)
		str_appendf(out, "  by %s", cause);
	if (*detail)
		str_appendf(out, "  %s", detail);
}

static void append_padded(const char *text, unsigned columns, struct str *out)
{
	unsigned used = utf8_width(text, strlen(text));

	utf8_escape(out, text, strlen(text), false);
	if (used < columns)
		str_append_repeat(out, ' ', columns - used);
}

static void append_head(const char *who, const char *name, bool padded, const struct style *style,
			struct str *out)
{
	enum style_role role = role_of(name);

	append_padded(who, WHO_COLUMNS, out);
	str_append(out, "  ");
	str_append(out, style_begin(style, role));
	append_padded(name, padded ? NAME_COLUMNS : 0, out);
	str_append(out, style_end(style, role));
}

static void append_below(const char *text, unsigned width, struct str *out)
{
	str_append_repeat(out, ' ', INDENT);
	wrap_append(out, INDENT, width, text);
}

/* For a terminal that has no room for the whole line: what has none goes on below. */
static void append_lines(const char *who, const char *name, const char *facts, unsigned width,
			 const struct style *style, struct str *out)
{
	_cleanup_(str_done) struct str head = {};

	append_head(who, name, false, &(struct style){}, &head);
	if (TIME_COLUMNS + utf8_width(head.data, head.len) <= width) {
		str_append(out, "  ");
		append_head(who, name, false, style, out);
		str_append_char(out, '\n');
	} else {
		str_append_char(out, '\n');
		str_append(out, style_begin(style, role_of(name)));
		append_below(head.data, width, out);
		str_append(out, style_end(style, role_of(name)));
	}
	if (*facts)
		append_below(facts, width, out);
}

void event_line_append(const json_t *event, unsigned width, const struct style *style,
		       struct str *out)
{
	_cleanup_(str_done) struct str time = {}, who = {}, facts = {}, line = {};
	const char *name = json_get_text(event, "event", "?");

	clock_format(&time, "YYYY-MM-DD HH:mm:ss.SSS",
		     json_integer_value(json_object_get(event, "time_us")));
	append_who(event, &who);
	append_facts(event, &facts);
	style_appendf(style, out, STYLE_DIM, "%s", str_cstr(&time));

	append_head(str_cstr(&who), name, facts.len > 0, &(struct style){}, &line);
	utf8_escape(&line, str_cstr(&facts), facts.len, false);
	if (width > 0 && TIME_COLUMNS + utf8_width(line.data, line.len) > width) {
		append_lines(str_cstr(&who), name, str_cstr(&facts), width, style, out);
		return;
	}
	str_append(out, "  ");
	append_head(str_cstr(&who), name, facts.len > 0, style, out);
	utf8_escape(out, str_cstr(&facts), facts.len, false);
	str_append_char(out, '\n');
}
