#include "cli/cmd.h"

#include <string.h>
#include <unistd.h>

#include "cli/act.h"
#include "cli/out/json.h"
#include "shared/base/str.h"

#define PONG "{ msg: 'pong' }\n" /* what PM2 prints */

static void print_notes(const struct command_context *ctx, const json_t *reply)
{
	json_t *notes = json_object_get(reply, "notes"), *note;
	const char *safe = json_get_text(reply, "safe", NULL);
	size_t i;

	if (safe) {
		say_warn(&ctx->say, "safe mode: %s", safe);
		if (!strstr(safe, "`pmc daemon resume`"))
			say_hint(&ctx->say, "`pmc daemon resume` leaves it");
	}
	json_array_foreach(notes, i, note)
	{
		const char *text = json_string_value(note);

		if (text && !str_starts(text, "safe mode:")) /* said already */
			say_warn(&ctx->say, "%s", text);
	}
}

static json_int_t number(const json_t *reply, const char *key)
{
	return json_integer_value(json_object_get(reply, key));
}

static int run(struct command_context *ctx)
{
	json_t *reply = NULL;
	int r = act_ask(ctx, "daemon.ping", NULL, &reply);

	if (r == 0 && ctx->flags->json) {
		json_print(STDOUT_FILENO, reply, true, true);
	} else if (r == 0) {
		(void)say_text(&ctx->say, PONG, sizeof(PONG) - 1);
		say_info(&ctx->say,
			 "pmcd %s (pid %" JSON_INTEGER_FORMAT ", keeper %" JSON_INTEGER_FORMAT
			 "), %" JSON_INTEGER_FORMAT
			 " app%s, engine restarts: %" JSON_INTEGER_FORMAT,
			 json_get_text(reply, "version", "?"), number(reply, "engine_pid"),
			 number(reply, "keeper_pid"), number(reply, "apps"),
			 number(reply, "apps") == 1 ? "" : "s", number(reply, "engine_restarts"));
		print_notes(ctx, reply);
	}
	json_decref(reply);
	return r;
}

const struct command cmd_ping = {
	.name = "ping",
	.summary = "Ask the daemon whether it is there; start it if not.",
	.group = GROUP_DAEMON,
	.flags = COMMAND_FLAGS(FLAG_json),
	.run = run,
};
