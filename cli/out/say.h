/* say: what pmc tells a person in lines: `[pmc] text`, `[pmc][WARN] text`, `[pmc][ERROR] text`.
 * When the program is called by the name pm2 (a link), the tag is PM2's: `[PM2]`.
 *
 * News goes to stdout, warnings and errors to stderr; --silent mutes news. Control bytes in the
 * texts are escaped here, so a message may hold the name of any app. Tables and data are not news:
 * they are written by their commands. */
#pragma once
#include <stdbool.h>

#include "cli/out/style.h"
#include "shared/base/error.h"

struct say {
	const char *tag;
	struct style out, err; /* of stdout and stderr */
	bool silent;
};

/* `program`: argv[0]. */
void say_init(struct say *say, const char *program, bool no_color, bool silent);

/* A line of news; something to know about what goes on; something that failed. */
void say_info(const struct say *say, const char *fmt, ...) _printf_(2, 3);
void say_warn(const struct say *say, const char *fmt, ...) _printf_(2, 3);
void say_fail(const struct say *say, const char *fmt, ...) _printf_(2, 3);

/* Behind any of the above: what to do about it, indented. An empty or NULL hint prints nothing. */
void say_hint(const struct say *say, const char *hint);

/* An error with its place and hint. Returns 1, the exit code, so that `return say_error(…)` reads
 * well. */
int say_error(const struct say *say, const struct pmc_error *err);

/* Text as it is to stdout: tables and data. Returns 0, or 1 when it could not be written (said on
 * stderr; a reader who went away is no error and says nothing). */
int say_text(const struct say *say, const char *text, size_t len);
