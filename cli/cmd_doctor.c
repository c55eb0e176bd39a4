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

static void append_check(const json_t *check, const struct style *style, struct str *out)
{
	bool ok = json_is_true(json_object_get(check, "ok"));
	const char *name = json_get_text(check, "name", "?"),
		   *detail = json_get_text(check, "detail", "");
	const char *without = json_get_text(check, "without", "");
	enum style_role role = ok ? STYLE_GOOD : STYLE_WARN;

	style_appendf(style, out, role, " %s ", ok ? "✔" : "✘");
	utf8_escape(out, name, strlen(name), false);
	if (*detail) {
		str_append(out, ": ");
		utf8_escape(out, detail, strlen(detail), false);
	}
	str_append_char(out, '\n');
	if (!ok && *without) {
		str_append(out, "     ");
		utf8_escape(out, without, strlen(without), false);
		str_append_char(out, '\n');
	}
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

	return json_pack("[{s:s, s:b, s:s, s:s}, {s:s, s:b, s:o, s:s}]", "name", "safe mode", "ok",
			 safe == NULL, "detail", safe ? safe : "off", "without",
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

static int run(struct command_context *ctx)
{
	_cleanup_(str_done) struct str text = {};
	json_t *checks = doctor_checks(), *ping = ask_daemon(ctx, "daemon.ping");
	json_t *daemon = ping ? ask_daemon(ctx, "daemon.doctor") : NULL;
	int r = 0;

	if (ctx->flags->json) {
		json_t *all = json_pack("{s:O, s:O?, s:O?}", "machine", checks, "ping", ping,
					"daemon", daemon);

		json_print(STDOUT_FILENO, all, true, true);
		json_decref(all);
	} else {
		style_appendf(&ctx->say.out, &text, STYLE_TITLE, "This machine");
		str_append_char(&text, '\n');
		append_checks(checks, NULL, &ctx->say.out, &text);
		if (ping)
			append_daemon(ping, daemon, &ctx->say.out, &text);
		else
			str_append(&text, "No daemon is running: `pmc ping` starts one.\n");
		r = say_text(&ctx->say, text.data, text.len);
	}
	json_decref(checks);
	json_decref(ping);
	json_decref(daemon);
	return r;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.summary = "Tell what this machine offers to pmc, and what is done without.",
	.doc = "Never starts a daemon; asks one that runs.",
	.group = GROUP_DAEMON,
	.flags = COMMAND_FLAGS(FLAG_json),
	.run = run,
};
