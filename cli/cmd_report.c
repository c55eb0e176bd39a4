#include "cli/cmd.h"

#include "cli/connect.h"
#include "cli/instances.h"
#include "cli/listing.h"
#include "cli/report.h"
#include "cli/request.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/logfile/logfile_tail.h"

#define LOG_LINES 20

static json_t *ask(struct command_context *ctx, const char *method)
{
	struct pmc_error err = {};
	json_t *reply = NULL;

	if (request_call(ctx->connect, method, NULL, NULL, NULL, &reply, &err) < 0)
		say_warn(&ctx->say, "the daemon does not say how it is: %s", err.message);
	return reply;
}

static void take_line(void *owner, void *tag, const struct logfile_line *line)
{
	str_append_bytes(owner, line->text, line->len);
	if (!line->open)
		str_append_char(owner, '\n');
}

static char *end_of_log(const struct command_context *ctx)
{
	_cleanup_(mem_freep) char *path = home_file(&ctx->connect->home, "pmc.log");
	struct str text = {};

	(void)logfile_tail(path, LOG_LINES, take_line, &text, NULL, NULL, NULL);
	return str_steal(&text);
}

static int run(struct command_context *ctx)
{
	_cleanup_(str_done) struct str text = {};
	_cleanup_(mem_freep) char *log = NULL;
	struct pmc_error err = {};
	struct listing listing = {};
	struct report report = {};
	json_t *ping = NULL, *doctor = NULL;

	if (connect_existing(ctx->connect, &err) == 0) {
		ping = ask(ctx, "daemon.ping");
		doctor = ask(ctx, "daemon.doctor");
		if (instances_list(ctx, &listing) == 0)
			report.listing = &listing;
	}
	if (!ctx->connect->home.path)
		return say_error(&ctx->say, &err);
	log = end_of_log(ctx);
	report.home = ctx->connect->home.path;
	report.ping = ping;
	report.doctor = doctor;
	report.log = log;
	report_append(&report, &text);
	listing_done(&listing);
	json_decref(ping);
	json_decref(doctor);
	return say_text(&ctx->say, text.data, text.len);
}

const struct command cmd_report = {
	.name = "report",
	.summary =
		"Print facts for a bug report: versions, machine, list, end of the daemon's log.",
	.doc = "Text in a code fence, to be pasted. Environments and arguments of apps are not in "
	       "it. Never starts a daemon.",
	.group = GROUP_DAEMON,
	.run = run,
};
