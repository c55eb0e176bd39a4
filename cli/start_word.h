/* start_word: what a word of `pmc start` means that is no ecosystem file: apps in the list, or a
 * script to be added.
 *
 * PM2's order (section 6.1 of the description of its behaviour): a plain word that is the name or
 * namespace of apps means them; else a script, which may be in the list already. */
#pragma once
#include <jansson.h>

struct command_context;

/* Add to `apps` (a new app) or `targets` (apps of the list). Connected already. 1 when the word was
 * refused, with its reason printed. */
int start_word_plan(struct command_context *ctx, const char *word, json_t *apps, json_t *targets);
