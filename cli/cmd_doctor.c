#include "cli/cmd.h"

#include <string.h>
#include <unistd.h>

#include "cli/connect.h"
#include "cli/doctor.h"
#include "cli/out/json.h"
#include "cli/request.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

/* What a running daemon says of itself; NULL when none runs: doctor never starts one. */
static json_t *ask_daemon(struct command_context *ctx, const char *method)
{
	struct pmc_error err = {};
	json_t *reply = NULL;

	if (connect_existing(ctx->connect, &err) < 0)
		return NULL;
	if (request_call(ctx->connect, method, NULL, NULL, NULL, &reply, &err) < 0)
		say_warn(&ctx->say, "the daemon does not say how it is: %s", err.message);
	return reply;
}

static void append_line(struct str *out, const char *prefix, const char *text)
{
	if (!*text)
		return;
	str_append(out, prefix);
	utf8_escape(out, text, strlen(text), false);
	str_append_char(out, '\n');
}

static bool is_broken(const json_t *check)
{
	return !json_is_true(json_object_get(check, "ok")) &&
	       json_is_true(json_object_get(check, "needed"));
}

/* ✔ there, ! done without, ✘ broken. */
static void append_check(const json_t *check, const struct style *style, struct str *out)
{
	bool ok = json_is_true(json_object_get(check, "ok")), broken = is_broken(check);
	const char *detail = json_get_text(check, "detail", "");
	_cleanup_(mem_freep) char *line = mem_printf("%s%s%s", json_get_text(check, "name", "?"),
						     *detail ? ": " : "", detail);

	style_appendf(style, out,
		      ok       ? STYLE_GOOD
		      : broken ? STYLE_BAD
			       : STYLE_WARN,
		      " %s ",
		      ok       ? "✔"
		      : broken ? "✘"
			       : "!");
	append_line(out, "", line);
	if (ok)
		return;
	append_line(out, "     ", json_get_text(check, "without", ""));
	append_line(out, "     to do: ", json_get_text(check, "advice", ""));
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
static void append_checks(const json_t *checks, const json_t *said, const struct style *style,
			  struct str *out)
{
	json_t *check;
	size_t i;

	json_array_foreach(checks, i, check)
	{
		if (!names(said, check))
			append_check(check, style, out);
	}
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

static void append_fact(const char *key, const json_t *value, struct str *out)
{
	_cleanup_(mem_freep) char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	str_append(out, "   ");
	utf8_escape(out, key, strlen(key), false);
	str_append(out, ": ");
	if (json_is_string(value))
		utf8_escape(out, json_string_value(value), json_string_length(value), false);
	else
		str_append(out, text ? text : "");
	str_append_char(out, '\n');
}

/* The answer of daemon.doctor (may be NULL): a list of checks as ours, or facts by name. */
static void append_daemon(const json_t *ping, json_t *answer, const struct style *style,
			  struct str *out)
{
	json_t *safety = safety_checks(ping), *value;
	const char *key;

	style_appendf(style, out, STYLE_TITLE, "The daemon");
	str_append_char(out, '\n');
	append_checks(safety, NULL, style, out);
	json_object_foreach(answer, key, value)
	{
		if (json_is_array(value) && json_is_object(json_array_get(value, 0)))
			append_checks(value, safety, style, out);
		else
			append_fact(key, value, out);
	}
	json_decref(safety);
}

/* {"name", "spec", "env"} of each app: of the daemon that runs, else of the saved list. */
static json_t *ask_apps(struct command_context *ctx)
{
	json_t *reply = NULL, *apps = json_array(), *instance;
	struct pmc_error err = {};
	size_t i;

	if (request_call(ctx->connect, "app.describe", json_pack("{s:[s]}", "targets", "all"), NULL,
			 NULL, &reply, &err) < 0)
		return apps;
	json_array_foreach(json_object_get(reply, "instances"), i, instance)
	{
		json_t *before = json_array_get(apps, json_array_size(apps) - 1);

		if (!json_equal(json_object_get(before, "name"), json_object_get(instance, "name")))
			json_array_append(apps, instance);
	}
	json_decref(reply);
	return apps;
}

static json_t *saved_apps(const struct home *home)
{
	_cleanup_(mem_freep) char *path = home_file(home, "dump.pmc");
	json_t *apps = json_load_file(path, 0, NULL);

	return apps ? apps : json_array();
}

/* The parts of the report by name. */
static json_t *examine(struct command_context *ctx)
{
	struct home *home = &ctx->connect->home;
	struct pmc_error err = {};
	bool found = home->path || home_find(home, &err) == 0;
	json_t *ping = found ? ask_daemon(ctx, "daemon.ping") : NULL;
	json_t *daemon = ping ? ask_daemon(ctx, "daemon.doctor") : NULL;
	json_t *apps = ping ? ask_apps(ctx) : found ? saved_apps(home) : json_array();
	json_t *all = json_pack("{s:o, s:o, s:o, s:o?, s:o?}", "machine", doctor_machine(), "home",
				doctor_home(found ? home : NULL, err.message), "apps",
				doctor_apps(apps), "ping", ping, "daemon", daemon);

	json_decref(apps);
	return all;
}

/* Safe mode counts: the daemon decides nothing any more. */
static bool any_broken(const json_t *all)
{
	const char *safe = json_get_text(json_object_get(all, "ping"), "safe", NULL);
	static const char *const parts[] = {"machine", "home", "apps"};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		json_t *check;
		size_t k;

		json_array_foreach(json_object_get(all, parts[i]), k, check)
		{
			if (is_broken(check))
				return true;
		}
	}
	return safe != NULL;
}

static int print_report(struct command_context *ctx, const json_t *all)
{
	static const char *const titles[][2] = {
		{"machine", "This machine"}, {"home", "The home"}, {"apps", "The apps"}};
	const json_t *ping = json_object_get(all, "ping");
	const struct style *style = &ctx->say.out;
	_cleanup_(str_done) struct str text = {};

	for (size_t i = 0; i < ARRAY_SIZE(titles); i++) {
		style_appendf(style, &text, STYLE_TITLE, "%s", titles[i][1]);
		str_append_char(&text, '\n');
		append_checks(json_object_get(all, titles[i][0]), NULL, style, &text);
	}
	if (json_is_object(ping))
		append_daemon(ping, json_object_get(all, "daemon"), style, &text);
	else
		str_append(&text, "No daemon is running: `pmc ping` starts one.\n");
	return say_text(&ctx->say, text.data, text.len);
}

static int run(struct command_context *ctx)
{
	json_t *all = examine(ctx);
	bool broken = any_broken(all);
	int r = 0;

	json_object_set_new(all, "ok", json_boolean(!broken));
	if (ctx->flags->json)
		json_print(STDOUT_FILENO, all, true, true);
	else
		r = print_report(ctx, all);
	json_decref(all);
	return broken ? 1 : r;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.summary =
		"Tell what this machine and home offer to pmc, what is done without, what to do.",
	.doc = "✔ is there, ! is done without, ✘ is broken: then the exit code is 1. Looks also "
	       "for "
	       "the interpreters of the apps of the list, or of the saved list. Never starts a "
	       "daemon; asks one that runs.",
	.group = GROUP_DAEMON,
	.flags = COMMAND_FLAGS(FLAG_json),
	.run = run,
};
