#include "cli/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "cli/args.h"
#include "cli/connect.h"
#include "cli/pm2_dump.h"
#include "cli/saved_list.h"
#include "shared/base/fdio.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

static void append_options(const struct pm2_record *record, struct str *out)
{
	static const char *const fates[] = {
		[PM2_RECORD_TAKEN] = "taken",
		[PM2_RECORD_NOT_YET] = "not yet obeyed",
		[PM2_RECORD_NO_EFFECT] = "no effect",
		[PM2_RECORD_REFUSED] = "not taken",
	};

	for (size_t i = 0; i < record->noptions; i++) {
		str_appendf(out, "   %-15s", fates[record->options[i].fate]);
		utf8_escape(out, record->options[i].text, strlen(record->options[i].text), false);
		str_append_char(out, '\n');
	}
}

/* "web: 3 instances, 1 of them stopped" */
static void append_app(const struct pm2_dump_app *app, struct str *out)
{
	size_t stopped = 0;

	for (size_t i = 0; i < app->count; i++)
		stopped += app->stopped[i];
	utf8_escape(out, app->record.spec.name, strlen(app->record.spec.name), false);
	str_appendf(out, ": %zu instance%s", app->count, app->count == 1 ? "" : "s");
	if (stopped == app->count)
		str_append(out, ", stopped");
	else if (stopped > 0)
		str_appendf(out, ", %zu of them stopped", stopped);
	str_append_char(out, '\n');
	append_options(&app->record, out);
	str_appendf(out, "   %-15senv: %zu variables; %zu of PM2's own left out\n", "taken",
		    json_object_size(app->record.env), app->record.own);
}

static bool refused(const struct pm2_dump *dump)
{
	for (size_t i = 0; i < dump->count; i++) {
		for (size_t k = 0; k < dump->apps[i].record.noptions; k++) {
			if (dump->apps[i].record.options[k].fate == PM2_RECORD_REFUSED)
				return true;
		}
	}
	return dump->refused;
}

static int show(struct command_context *ctx, const struct pm2_dump *dump)
{
	_cleanup_(str_done) struct str text = {};

	for (size_t i = 0; i < dump->count; i++)
		append_app(&dump->apps[i], &text);
	for (size_t i = 0; i < dump->notes.count; i++)
		say_warn(&ctx->say, "%s", dump->notes.items[i]);
	return say_text(&ctx->say, str_cstr(&text), text.len);
}

/* The pid of the daemon of PM2 that has this home; 0: none runs. */
static int pm2_pid(const char *pm2_home)
{
	_cleanup_(mem_freep) char *path = path_join(pm2_home, "pm2.pid");
	char text[16];
	int pid = fdio_read_small(AT_FDCWD, path, text, sizeof(text)) > 0 ? atoi(text) : 0;

	return pid > 1 && (kill(pid, 0) == 0 || errno == EPERM) ? pid : 0;
}

static void say_what_next(struct command_context *ctx, const char *pm2_home)
{
	int pid = pm2_pid(pm2_home);

	if (pid)
		say_info(&ctx->say,
			 "PM2 still runs (pid %d): end it and its copies with `pm2 kill`, and "
			 "`pm2 unstartup` so that it does not come back at boot",
			 pid);
	say_info(&ctx->say, "%s`pmc resurrect` starts the apps here; PM2's files were not touched",
		 pid ? "then " : "");
}

static int write_list(struct command_context *ctx, const struct pm2_dump *dump)
{
	struct home *home = &ctx->connect->home;
	_cleanup_(strlist_done) struct strlist there = {};
	struct pmc_error err = {};
	json_t *apps = json_array();
	int r = home_find(home, &err);

	for (size_t i = 0; i < dump->count; i++)
		json_array_append_new(apps, pm2_dump_write(&dump->apps[i]));
	if (r == 0)
		r = saved_list_add(home, apps, &there, &err);
	json_decref(apps);
	if (r < 0)
		return say_error(&ctx->say, &err);
	for (size_t i = 0; i < there.count; i++)
		say_warn(&ctx->say, "%s is in the saved list already and stays as it is",
			 there.items[i]);
	say_info(&ctx->say, "%d app%s added to %s/dump.pmc (0600)", r, r == 1 ? "" : "s",
		 home->path);
	return 0;
}

static int import(struct command_context *ctx, const char *pm2_home)
{
	struct pm2_dump dump;
	struct pmc_error err = {};
	int r = pm2_dump_read(pm2_home, &dump, &err);

	if (r == -ENOENT) {
		pmc_error_set(&err, r, "there is no dump.pm2 in %s", pm2_home);
		pmc_error_hint(&err, "`pm2 save` writes it; another folder: --from DIR");
	}
	if (r < 0)
		return say_error(&ctx->say, &err);
	say_info(&ctx->say, "from %s", dump.path);
	r = show(ctx, &dump);
	if (refused(&dump))
		r = 1;
	if (ctx->flags->dry_run) {
		say_info(&ctx->say, "nothing was written (--dry-run)");
	} else if (write_list(ctx, &dump) != 0) {
		r = 1;
	} else {
		say_what_next(ctx, pm2_home);
	}
	pm2_dump_done(&dump);
	return r;
}

static int run(struct command_context *ctx)
{
	const char *from = ctx->flags->from;
	_cleanup_(mem_freep) char *pm2_home = from ? path_absolute(from) : pm2_dump_home();

	if (strcmp(ctx->args->words.items[0], "pm2") != 0) {
		say_fail(&ctx->say, "only pm2 can be imported, not '%s'",
			 ctx->args->words.items[0]);
		return 1;
	}
	if (!pm2_home) {
		say_fail(&ctx->say, "cannot tell where the home of PM2 is");
		say_hint(&ctx->say, "--from DIR names it");
		return 1;
	}
	return import(ctx, pm2_home);
}

const struct command cmd_import = {
	.name = "import",
	.summary = "Take over the saved list of PM2: pmc import pm2.",
	.args = "pm2",
	.doc = "Reads dump.pm2 (as `pm2 save` wrote it) and adds its apps to the list that `pmc "
	       "resurrect` starts: names, scripts, options, variables, which ones are stopped. "
	       "Says "
	       "of each option what became of it. PM2's files are not changed; starts no daemon.",
	.group = GROUP_LIST,
	.min_words = 1,
	.max_words = 1,
	.flags = COMMAND_FLAGS(FLAG_from, FLAG_dry_run),
	.run = run,
};
