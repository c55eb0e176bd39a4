#include "cli/event_line.h"

#include <string.h>

#include "cli/out/json.h"
#include "cli/out/style.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/units.h"
#include "shared/base/utf8.h"

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

void event_line_append(const json_t *event, const struct style *style, struct str *out)
{
	_cleanup_(str_done) struct str time = {}, who = {}, facts = {};
	const char *name = json_get_text(event, "event", "?");
	enum style_role role = role_of(name);

	clock_format(&time, "YYYY-MM-DD HH:mm:ss.SSS",
		     json_integer_value(json_object_get(event, "time_us")));
	append_who(event, &who);
	append_facts(event, &facts);
	style_appendf(style, out, STYLE_DIM, "%s", str_cstr(&time));
	str_append(out, "  ");
	utf8_escape(out, str_cstr(&who), who.len, false);
	str_append(out, "  ");
	str_append(out, style_begin(style, role));
	utf8_escape(out, name, strlen(name), false);
	str_append(out, style_end(style, role));
	utf8_escape(out, str_cstr(&facts), facts.len, false);
	str_append_char(out, '\n');
}
