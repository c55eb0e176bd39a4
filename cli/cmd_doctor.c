#include "cli/cmd.h"

#include <unistd.h>

#include "cli/connect.h"
#include "cli/doctor.h"
#include "cli/doctor_text.h"
#include "cli/out/json.h"
#include "cli/out/table.h"
#include "cli/request.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

/* What reads it there looks for whole lines. */
#define WIDTH_WITHOUT_TERMINAL 300

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

static bool is_broken(const json_t *check)
{
	return !json_is_true(json_object_get(check, "ok")) &&
	       json_is_true(json_object_get(check, "needed"));
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
	_cleanup_(str_done) struct str text = {};

	doctor_text_append(all, table_terminal_width(STDOUT_FILENO, WIDTH_WITHOUT_TERMINAL),
			   &ctx->say.out, &text);
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
