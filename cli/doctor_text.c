#include "cli/doctor_text.h"

#include <string.h>

#include "cli/out/json.h"
#include "cli/out/style.h"
#include "cli/out/wrap.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

#define INDENT 3
#define TO_DO "to do: "

/* How it is drawn: on so many columns, in these colours, to there. */
struct canvas {
	unsigned width;
	const struct style *style;
	struct str *out;
};

static bool is_broken(const json_t *check)
{
	return !json_is_true(json_object_get(check, "ok")) &&
	       json_is_true(json_object_get(check, "needed"));
}

/* Below its check: without what is missing, and what to do about it. */
static void append_below(const struct canvas *canvas, const char *label, const char *text)
{
	if (!*text)
		return;
	str_append_repeat(canvas->out, ' ', INDENT + 2);
	style_appendf(canvas->style, canvas->out, STYLE_DIM, "%s", label);
	wrap_append(canvas->out, INDENT + 2 + (unsigned)strlen(label), canvas->width, text);
}

/* ✔ there, ! done without, ✘ broken. */
static void append_check(const struct canvas *canvas, const json_t *check)
{
	bool ok = json_is_true(json_object_get(check, "ok")), broken = is_broken(check);
	const char *detail = json_get_text(check, "detail", "");
	_cleanup_(mem_freep) char *line = mem_printf("%s%s%s", json_get_text(check, "name", "?"),
						     *detail ? ": " : "", detail);

	style_appendf(canvas->style, canvas->out,
		      ok       ? STYLE_GOOD
		      : broken ? STYLE_BAD
			       : STYLE_WARN,
		      " %s ",
		      ok       ? "✔"
		      : broken ? "✘"
			       : "!");
	wrap_append(canvas->out, INDENT, canvas->width, line);
	if (ok)
		return;
	append_below(canvas, "", json_get_text(check, "without", ""));
	append_below(canvas, TO_DO, json_get_text(check, "advice", ""));
}

static bool names(const json_t *checks, const json_t *check)
{
	json_t *other;
	size_t i;

	json_array_foreach(checks, i, other)
	{
		if (json_equal(json_object_get(other, "name"), json_object_get(check, "name")))
			return true;
	}
	return false;
}

/* Without those that `said` has. */
static void append_checks(const struct canvas *canvas, const json_t *checks, const json_t *said)
{
	json_t *check;
	size_t i;

	json_array_foreach(checks, i, check)
	{
		if (!names(said, check))
			append_check(canvas, check);
	}
}

static void append_title(const struct canvas *canvas, const char *title)
{
	style_appendf(canvas->style, canvas->out, STYLE_TITLE, "%s", title);
	str_append_char(canvas->out, '\n');
}

/* What a person must know of a daemon first: does it start anything by itself, and are all apps its
 * own? As checks, from the answer of daemon.ping. */
static json_t *safety_checks(const json_t *ping)
{
	const char *safe = json_get_text(ping, "safe", NULL);
	json_int_t orphans = json_integer_value(json_object_get(ping, "orphans"));
	json_t *detail =
		orphans ? json_sprintf("%" JSON_INTEGER_FORMAT " outlived a keeper", orphans)
			: json_string("none");

	return json_pack("[{s:s, s:b, s:b, s:s, s:s}, {s:s, s:b, s:o, s:s}]", "name", "safe mode",
			 "ok", safe == NULL, "needed", 1, "detail", safe ? safe : "off", "without",
			 "apps run on and can be stopped; what is wanted cannot be changed until "
			 "`pmc daemon resume` leaves it",
			 "name", "orphans", "ok", orphans == 0, "detail", detail, "without",
			 "how they end may stay unknown until they are restarted");
}

static void append_fact(const struct canvas *canvas, const char *key, const json_t *value)
{
	_cleanup_(mem_freep) char *json = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	const char *text = json_is_string(value) ? json_string_value(value) : json;
	_cleanup_(mem_freep) char *line = mem_printf("%s: %s", key, text ? text : "");

	str_append_repeat(canvas->out, ' ', INDENT);
	wrap_append(canvas->out, INDENT, canvas->width, line);
}

/* The answers of daemon.ping and of daemon.doctor (may be NULL): lists of checks as ours, or facts
 * by name. */
static void append_daemon(const struct canvas *canvas, const json_t *ping, json_t *answer)
{
	json_t *safety = safety_checks(ping), *value;
	const char *key;

	append_title(canvas, "The daemon");
	append_checks(canvas, safety, NULL);
	json_object_foreach(answer, key, value)
	{
		if (json_is_array(value) && json_is_object(json_array_get(value, 0)))
			append_checks(canvas, value, safety);
		else
			append_fact(canvas, key, value);
	}
	json_decref(safety);
}

void doctor_text_append(const json_t *all, unsigned width, const struct style *style,
			struct str *out)
{
	static const char *const titles[][2] = {
		{"machine", "This machine"}, {"home", "The home"}, {"apps", "The apps"}};
	const struct canvas canvas = {.width = width, .style = style, .out = out};
	const json_t *ping = json_object_get(all, "ping");

	for (size_t i = 0; i < ARRAY_SIZE(titles); i++) {
		const json_t *checks = json_object_get(all, titles[i][0]);

		if (json_array_size(checks) == 0)
			continue;
		append_title(&canvas, titles[i][1]);
		append_checks(&canvas, checks, NULL);
	}
	if (json_is_object(ping))
		append_daemon(&canvas, ping, json_object_get(all, "daemon"));
	else
		wrap_append(out, 0, width, "No daemon is running: `pmc ping` starts one.");
}
