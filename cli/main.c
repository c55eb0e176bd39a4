/* pmc: the face of the process manager. Parses, asks the daemon, draws. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/connect.h"
#include "cli/help.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

static int print_help(const struct command_context *ctx)
{
	_cleanup_(str_done) struct str text = {};
	unsigned width = help_width();

	if (ctx->command)
		help_command(ctx->command, width, &ctx->say.out, &text);
	else
		help_overview(width, &ctx->say.out, &text);
	return say_text(&ctx->say, text.data, text.len);
}

static int run(struct command_context *ctx)
{
	for (size_t i = 0; i < ctx->args->warnings.count; i++)
		say_warn(&ctx->say, "%s", ctx->args->warnings.items[i]);
	if (ctx->flags->version)
		return say_text(&ctx->say, PMC_VERSION "\n", sizeof(PMC_VERSION));
	if (ctx->flags->help)
		return print_help(ctx);
	if (!ctx->command) {
		print_help(ctx);
		return 1;
	}
	return ctx->command->run(ctx);
}

/* PM2's variable is in the scripts and units that people bring. */
static bool silent_by_environment(void)
{
	return getenv("PMC_SILENT") || getenv("PM2_SILENT");
}

/* Where the command line was refused before the flag was read. */
static bool plain_asked(char *const *argv)
{
	for (; *argv && strcmp(*argv, "--") != 0; argv++) {
		if (strcmp(*argv, "--no-color") == 0)
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	_cleanup_(connect_done) struct connect connect = {};
	_cleanup_(args_done) struct args args = {};
	struct command_context ctx = {.args = &args, .flags = &args.flags, .connect = &connect};
	struct pmc_error err = {};
	int r;

	signal(SIGPIPE, SIG_IGN); /* `pmc logs | head` is no accident: writes say EPIPE */
	r = args_parse(&args, argc, argv, &err);
	say_init(&ctx.say, argc > 0 ? argv[0] : "pmc",
		 r < 0 ? plain_asked(argv) : !args.flags.color,
		 args.flags.silent || silent_by_environment());
	ctx.command = args.command;
	r = r < 0 ? say_error(&ctx.say, &err) : run(&ctx);
	json_decref(ctx.acted);
	return r;
}
