#include "cli/act.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/connect.h"
#include "cli/heading.h"
#include "cli/listing.h"
#include "cli/out/json.h"
#include "cli/pm2_dump.h"
#include "cli/progress.h"
#include "cli/request.h"
#include "cli/targets.h"
#include "shared/base/diagnostics.h"
#include "shared/base/mem.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/config/home.h"
#include "shared/config/settings.h"
#include "shared/model/json_text.h"

#define LINES_ON_TERMINAL 24 /* more results than this are summed up there */

/* A daemon that starts with mistakes in pmcd.ini obeys none of it, and has nobody to tell. */
static void warn_of_settings(const struct command_context *ctx)
{
	_cleanup_(mem_freep) char *path = home_file(&ctx->connect->home, "pmcd.ini");
	_cleanup_(diagnostics_done) struct diagnostics diags = {};
	_cleanup_(settings_done) struct settings settings;
	struct pmc_error err = {};

	settings_init(&settings);
	if (settings_read(&settings, path, &diags, &err) >= 0)
		return;
	if (diags.count == 0)
		say_warn(&ctx->say, "%s", err.message);
	for (size_t i = 0; i < diags.count; i++)
		say_warn(&ctx->say, "%s:%d:%d: %s%s%s", path, diags.items[i].line,
			 diags.items[i].column, diags.items[i].message,
			 diags.items[i].hint ? "; " : "",
			 diags.items[i].hint ? diags.items[i].hint : "");
	say_warn(&ctx->say, "every setting has its default until that is right: mend the file, "
			    "then `pmc daemon reload`");
}

/* Once for each home, and only to a person. */
static void tell_of_pm2(const struct command_context *ctx)
{
	_cleanup_(mem_freep) char *pm2_home = pm2_dump_home();
	_cleanup_(mem_freep) char *dump = pm2_home ? path_join(pm2_home, "dump.pm2") : NULL;

	if (ctx->connect->first && !ctx->say.silent && isatty(STDERR_FILENO) && dump &&
	    access(dump, R_OK) == 0)
		say_warn(&ctx->say, "PM2 has a saved list here: `pmc import pm2` takes it over");
}

int act_connect(struct command_context *ctx)
{
	struct pmc_error err = {};
	int r = connect_or_start(ctx->connect, &err);

	if (r < 0)
		return say_error(&ctx->say, &err);
	if (ctx->connect->started && isatty(STDOUT_FILENO))
		say_info(&ctx->say, "daemon started for %s", ctx->connect->home.path);
	if (ctx->connect->started) {
		warn_of_settings(ctx);
		tell_of_pm2(ctx);
	}
	ctx->connect->started = false;
	return 0;
}

static int failed(struct command_context *ctx, int r, const struct pmc_error *err)
{
	if (r != -EINTR)
		return say_error(&ctx->say, err);
	say_warn(&ctx->say, "no longer waiting; the daemon goes on with the work");
	return COMMAND_INTERRUPTED;
}

/* What the daemon did, but not as it should be: an intent that could not be stored. */
static void warn_of_note(const struct command_context *ctx, const json_t *reply)
{
	const char *note = json_get_text(reply, "note", NULL);

	if (note)
		say_warn(&ctx->say, "%s", note);
}

int act_ask(struct command_context *ctx, const char *method, json_t *params, json_t **ret_reply)
{
	struct pmc_error err = {};
	int r = act_connect(ctx);

	if (r != 0) {
		json_decref(params);
		return r;
	}
	r = request_call(ctx->connect, method, params, NULL, NULL, ret_reply, &err);
	if (r < 0)
		return failed(ctx, r, &err);
	warn_of_note(ctx, *ret_reply);
	return 0;
}

/* "[web](0)", or the target as it was typed. */
static void append_who(const json_t *row, struct str *out)
{
	json_t *id = json_object_get(row, "pm_id");

	if (id)
		str_appendf(out, "[%s](%" JSON_INTEGER_FORMAT ")", json_get_text(row, "name", "?"),
			    json_integer_value(id));
	else
		str_appendf(out, "[%s]", json_get_text(row, "target", "?"));
}

static void print_row(const struct command_context *ctx, const json_t *row, bool summed_up)
{
	_cleanup_(str_done) struct str who = {};
	const char *message = json_get_text(row, "message", "");

	/* that nothing has a name says so itself */
	if (json_object_get(row, "pm_id") || !strstr(message, json_get_text(row, "target", "?")))
		append_who(row, &who);
	if (!json_is_true(json_object_get(row, "ok"))) {
		say_fail(&ctx->say, "%s%s%s", str_cstr(&who), who.len > 0 ? " " : "",
			 *message ? message : "failed");
		say_hint(&ctx->say, json_get_text(row, "hint", NULL));
	} else if (!summed_up) {
		say_info(&ctx->say, "%s ✓%s%s", str_cstr(&who), *message ? " " : "", message);
	}
}

static void remember(struct command_context *ctx, const json_t *row)
{
	char key[24];

	if (!json_object_get(row, "pm_id"))
		return;
	if (!ctx->acted)
		ctx->acted = json_object();
	snprintf(key, sizeof(key), "%" JSON_INTEGER_FORMAT,
		 json_integer_value(json_object_get(row, "pm_id")));
	json_object_set_new(ctx->acted, key, json_text(json_get_text(row, "name", "?")));
}

/* 1 if any row failed. */
static int print_results(struct command_context *ctx, const json_t *reply)
{
	json_t *rows = json_object_get(reply, "results"), *row;
	bool summed_up = isatty(STDOUT_FILENO) && json_array_size(rows) > LINES_ON_TERMINAL;
	size_t i, good = 0;

	json_array_foreach(rows, i, row)
	{
		print_row(ctx, row, summed_up);
		remember(ctx, row);
		good += json_is_true(json_object_get(row, "ok"));
	}
	if (summed_up && good > 0)
		say_info(&ctx->say, "%zu instances ✓", good);
	return good < json_array_size(rows) ||
	       json_integer_value(json_object_get(reply, "failed")) > 0;
}

int act_call(struct command_context *ctx, const char *method, json_t *params, const char *doing,
	     json_t **ret_reply)
{
	struct progress progress;
	struct pmc_error err = {};
	json_t *reply = NULL, *targets = json_incref(json_object_get(params, "targets"));
	int r = act_connect(ctx);

	if (r != 0) {
		json_decref(params);
		json_decref(targets);
		return r;
	}
	if (doing)
		say_info(&ctx->say, "%s", doing);
	progress_init(&progress, ctx->say.silent ? -1 : STDOUT_FILENO, &ctx->say.out);
	r = request_call(ctx->connect, method, params, progress.fd < 0 ? NULL : progress_update,
			 &progress, &reply, &err);
	progress_done(&progress);
	if (r == 0) {
		heading_print(&ctx->say, method, targets, json_object_get(reply, "results"));
		r = print_results(ctx, reply);
		warn_of_note(ctx, reply);
		if (ret_reply)
			*ret_reply = json_incref(reply);
	} else {
		r = failed(ctx, r, &err);
	}
	json_decref(reply);
	json_decref(targets);
	return r;
}

int act_on_targets(struct command_context *ctx, const char *method, json_t *params,
		   const char *doing)
{
	if (!params)
		params = json_object();
	if (!json_object_get(params, "targets"))
		json_object_set_new(params, "targets", act_words(ctx, 0));
	return listing_news(ctx, act_call(ctx, method, params, doing, NULL));
}

json_t *act_words(struct command_context *ctx, size_t first)
{
	json_t *words = json_array();

	for (size_t i = first; i < ctx->args->words.count; i++)
		json_array_append_new(words, targets_word(ctx, ctx->args->words.items[i]));
	return words;
}

json_t *act_environment(const struct command_context *ctx)
{
	json_t *env = json_object();

	for (char **entry = environ; *entry; entry++) {
		size_t len = strcspn(*entry, "=");
		_cleanup_(mem_freep) char *name = mem_strndup(*entry, len);

		if ((*entry)[len] != '=' || len == 0)
			continue;
		if (json_object_set_new(env, name, json_string(*entry + len + 1)) < 0)
			say_warn(&ctx->say, "variable %s is not UTF-8: the app does not get it",
				 name);
	}
	return env;
}
