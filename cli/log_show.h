/* log_show: the logs of apps on the terminal: the last lines of their files, then what they write
 * from now on. What `pmc logs` does, and `start --attach`, `attach`. */
#pragma once
#include <jansson.h>
#include <stdbool.h>

struct command_context;
struct log_live_want;

/* Show the logs that are wanted, in the form the command's flags say. `lines` of each file first;
 * `follow` false: nothing more. Connected already. Returns when the reader goes away, or when the
 * input ends it. The exit code. */
int log_show(const struct log_live_want *want, unsigned lines, bool follow);

/* Behind a command with this exit code: with --attach the logs of what it acted on; with
 * --no-daemon those of all, until Ctrl-C ends the daemon. The exit code. */
int log_show_attached(struct command_context *ctx, int code);
