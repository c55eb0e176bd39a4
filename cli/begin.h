/* begin: the two ways apps come to run, for `start` and `restart`: from specs (app.start), or
 * because they are in the list already (app.begin, app.restart, app.reload). */
#pragma once
#include <jansson.h>
#include <stdbool.h>

struct command_context;

/* Start all of `apps` (taken), in as many requests as their size needs, with --parallel. Apps that
 * exist get the caller's environment too if `update_env`, and are reloaded instead of restarted if
 * `reload`. The exit code. */
int begin_apps(struct command_context *ctx, json_t *apps, bool update_env, bool reload);

/* `restart` and `reload` of the command's words: files as begin_apps() does, the rest as
 * begin_targets(); then the table, and the logs with --attach. The exit code. */
int begin_again(struct command_context *ctx, bool reload);

/* The same where all words must be ecosystem files (startOrRestart). */
int begin_files(struct command_context *ctx, bool reload);

/* Ask `method` for `targets` (taken) with the flags of the command line, and the environment if
 * --update-env. */
int begin_targets(struct command_context *ctx, const char *method, json_t *targets);

/* One exit code of two: a Ctrl-C wins over a failure, a failure over success. */
int begin_worse(int a, int b);
