/* targets: the words of a command that may name apps or ecosystem files, as the daemon wants them.
 */
#pragma once
#include <jansson.h>

struct command_context;

/* One word as the daemon wants it: the path of a script that is in the list stands for its apps, as
 * with PM2, unless something is called exactly as the word. Asks the daemon only where the word is
 * such a file. New reference. */
json_t *targets_word(struct command_context *ctx, const char *word);

/* The words as `targets`: an ecosystem file stands for the names of its apps. The exit code; on 0 a
 * new reference. */
int targets_list(struct command_context *ctx, json_t **ret_targets);

/* Ask `method` for the targets, print results and the table. `params` (may be NULL) is taken. The
 * exit code. */
int targets_act(struct command_context *ctx, const char *method, json_t *params);
