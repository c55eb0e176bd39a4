/* foreground: `--no-daemon`: a daemon that lives as long as the command that started it.
 *
 * It is an ordinary daemon in the background; this command shows the logs and ends it when it is
 * told to end itself (Ctrl-C, SIGTERM, SIGHUP). What should run is kept, as with `pmc daemon stop`.
 */
#pragma once

struct command_context;

/* Before anything is started: is there none yet? The exit code; 1 was told. */
int foreground_claim(struct command_context *ctx);

/* Behind the start, which came to `code`: show the logs of all apps until a signal or the end of
 * the daemon, then end it. The exit code. */
int foreground_run(struct command_context *ctx, int code);
