/* instances: whole records of the instances a command names, for the commands that look: describe,
 * env, pid, id, jlist. */
#pragma once
#include <jansson.h>
#include <stdbool.h>

struct command_context;
struct listing;

/* Ask app.describe about the command's words (none: all), with secrets if --show-secrets. `lean`:
 * what all have in common once, see shared/ipc/README.md. The exit code; on 0 `*ret_reply` is a new
 * reference. */
int instances_describe(struct command_context *ctx, bool lean, json_t **ret_reply);

/* Its answer as views, sorted by name and id. The exit code; on 0 the caller calls listing_done().
 */
int instances_read(struct command_context *ctx, json_t *reply, struct listing *ret_listing);

/* The same as views, sorted by name and id. On 0 the caller calls listing_done(). */
int instances_ask(struct command_context *ctx, struct listing *ret_listing);

/* The same as the daemon's JSON to stdout. */
int instances_print_json(struct command_context *ctx);

/* Short records of the command's words (none: all). A target nobody has is no error: an empty list.
 */
int instances_list(struct command_context *ctx, struct listing *ret_listing);
