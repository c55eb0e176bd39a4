/* args: the words of a command line, sorted: command, options, targets, and what belongs to the
 * app.
 *
 * Options may stand before and after the command; everything behind a bare `--` is the app's. Knows
 * the flags of commands (flags.def), those of apps (shared/spec/options.def), and PM2's that mean
 * nothing here. Runs nothing, prints nothing. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/flags.h"
#include "shared/base/strlist.h"

struct command;
struct pmc_error;

/* An option of apps as given on the command line. */
struct args_setting {
	const struct option *option;
	char *text; /* NULL: `--x=null`, take it back to its default */
};

struct args {
	const struct command *command; /* NULL: none was named */
	struct strlist words;	       /* behind the command */
	struct strlist rest;	       /* behind `--` */
	bool has_rest;
	struct flags flags;
	uint64_t given; /* bit FLAG_x: it stood on the command line */
	struct args_setting *settings;
	size_t nsettings;
	struct strlist warnings; /* sentences: flags that have no effect */
};

/* Errors: -ENOENT unknown command, -EINVAL unknown option, bad value, too few or too many words;
 * each with a suggestion. With --help or --version words are not counted. `args` must be zeroed
 * before and is released by args_done() in any case. */
int args_parse(struct args *args, int argc, char *const *argv, struct pmc_error *err);
void args_done(struct args *args);

/* Did this flag stand on the command line? */
bool args_given(const struct args *args, enum flags_id id);
