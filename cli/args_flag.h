/* args_flag: which option does a word mean? Looks a flag up among those of the command, those of
 * apps, and those of PM2 that have no meaning here. */
#pragma once
#include <stdbool.h>

struct command;
struct option;

/* A flag people have in their scripts from PM2, and why nothing happens. */
struct args_flag_pm2 {
	const char *flag;
	char short_flag;
	bool value; /* it has one */
	const char *why;
};

enum args_flag_value {
	ARGS_FLAG_SWITCH, /* no value (`--x=false` is understood) */
	ARGS_FLAG_NEEDED,
	ARGS_FLAG_MAYBE, /* works with and without */
};

struct args_flag {
	const struct option *own;	 /* of flags.def */
	const struct option *app;	 /* of options.def */
	const struct args_flag_pm2 *pm2; /* exactly one of the three */
	bool negated;			 /* --no-x */
	enum args_flag_value value;
};

/* Look up `word` ("--flag", "--flag=value", "-f", "-fvalue"). `command` NULL: any command's flags
 * will do.
 * `*ret_attached`: the value that is part of the word, else NULL. False: unknown. */
bool args_flag_find(const struct command *command, const char *word, struct args_flag *ret_flag,
		    const char **ret_attached);

/* The flag that was probably meant, without dashes; NULL: nothing near. New string. */
char *args_flag_suggest(const struct command *command, const char *word);
