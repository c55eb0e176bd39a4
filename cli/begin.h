/* begin: the two ways apps come to run, for `start` and `restart`: from specs (app.start), or
 * because they are in the list already (app.begin, app.restart). Prints results, not the table. */
#pragma once
#include <jansson.h>
#include <stdbool.h>

struct command_context;

/* Start all of `apps` (taken), in as many requests as their size needs. `update_env`: apps that
 * exist get the caller's environment too. The exit code. */
int begin_apps(struct command_context *ctx, json_t *apps, bool update_env);

/* Ask `method` for `targets` (taken) with the flags of the command line, and the environment if
 * --update-env. */
int begin_targets(struct command_context *ctx, const char *method, json_t *targets);

/* One exit code of two: a Ctrl-C wins over a failure, a failure over success. */
int begin_worse(int a, int b);
