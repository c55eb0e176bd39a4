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

/* The parameters of log.files for the command's words; new reference. */
json_t *log_live_params(struct command_context *ctx);

/* Take the answer to it as the command's flags want it; the daemon's own log too where all is asked
 * for. */
void log_live_take(struct command_context *ctx, const json_t *reply, struct log_set *set);

/* Print new lines of the files, each from where it was `shown`, until the reader goes away (-EPIPE)
 * or something fails. */
int log_live_run(struct command_context *ctx, struct log_set *set, struct log_print *print);
