/* act: what all commands that change something have in common: connect, ask, show progress, print
 * one line an instance, then the table; the exit code. */
#pragma once
#include <jansson.h>

struct command_context;

/* Ask `method` with `params` (taken). `doing` is said before ("stopping web"; NULL: nothing),
 * `done` after the name of each instance that succeeded (may be ""). Exit code: 0, 1 if any failed,
 * 130 if Ctrl-C ended the waiting. Prints everything but the table. `ret_reply` (may be NULL) gets
 * the whole answer. */
int act_call(struct command_context *ctx, const char *method, json_t *params, const char *doing,
	     json_t **ret_reply);

/* The usual whole: act_call() on the command's words as `targets`, then the table. */
int act_on_targets(struct command_context *ctx, const char *method, json_t *params,
		   const char *doing);

/* Connect, starting a daemon if there is none, and say so if one was. The exit code. */
int act_connect(struct command_context *ctx);

/* Ask something that is just answered, no instances. The exit code; on 0 `*ret_reply` is a new
 * reference. */
int act_ask(struct command_context *ctx, const char *method, json_t *params, json_t **ret_reply);

/* The command's words as a JSON list of targets, from word `first` on; see targets_word(). */
json_t *act_words(struct command_context *ctx, size_t first);

/* The caller's environment as a JSON object. Variables that are not UTF-8 are left out and named in
 * a warning. */
json_t *act_environment(const struct command_context *ctx);
