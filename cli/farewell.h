/* farewell: tell the daemon to end and wait until it has: `pmc kill`, `pmc daemon stop`. Never
 * starts one. */
#pragma once

struct command_context;

/* Ask `method` and return when the keeper is gone, so that the next command may start a new daemon.
 * Says `done`; that there is none is no error. The exit code. */
int farewell_say(struct command_context *ctx, const char *method, const char *done);
