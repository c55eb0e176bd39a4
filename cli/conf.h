/* conf: what set, get, unset, conf and multiset have in common: change keys, tell the apps, print.
 *
 * A key `a:b` belongs to the app `a`, if there is one: it is started again with the environment of
 * the command (as by --update-env), every `a:*` pair as a variable, and a variable named as the app
 * with all of them as JSON: PM2's habit, kept. Starts no daemon: where none runs, no app does. */
#pragma once
#include <jansson.h>

struct command_context;
struct strlist;

/* Set `words` in pairs of key and value, all or none. The exit code. */
int conf_set(struct command_context *ctx, const struct strlist *words);

/* Print one key (NULL: all). The exit code. */
int conf_print(struct command_context *ctx, const char *key);

/* What is kept for apps, as `app_env` of app.restart: an object of environments by name. New
 * reference. */
json_t *conf_variables(struct command_context *ctx);

/* Add what is kept for the app `name` to an environment; the store may be missing or damaged. */
void conf_add_variables(struct command_context *ctx, const char *name, json_t *env);
