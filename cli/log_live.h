/* log_live: which log files a command wants, and following them while apps come and the engine is
 * replaced.
 *
 * The lines come from the files (shared/logfile); the daemon is only asked which files there are,
 * and its events tell when to ask again. */
#pragma once
#include <jansson.h>

struct command_context;
struct log_print;
struct log_set;
struct pmc_error;
struct strlist;

/* What is wanted: lines of these targets, and something that is read meanwhile. */
struct log_live_want {
	struct command_context *ctx;
	const json_t *targets; /* NULL or empty: all */
	int input_fd;	       /* -1: none */
	/* It is readable. Non-zero ends the following: 1, or a negative errno. */
	int (*input)(struct command_context *ctx, void *owner);
	void *owner;
};

/* Ask which files there are and add them as the command's flags want them; the daemon's own log too
 * where all is asked for. Targets that nobody has are no error: they are added to `unknown` (may be
 * NULL). */
int log_live_find(const struct log_live_want *want, struct log_set *set, struct strlist *unknown,
		  struct pmc_error *err);

/* Print new lines of the files, each from where it was `shown`, until the reader goes away
 * (-EPIPE), the input ends it (1) or something fails. */
int log_live_run(const struct log_live_want *want, struct log_set *set, struct log_print *print);
