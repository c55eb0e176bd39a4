/* start_word: what a word of `pmc start` means that is no ecosystem file: apps in the list, or a
 * script to be added.
 *
 * PM2's order (section 6.1 of the description of its behaviour): a plain word that is the name or
 * namespace of apps means them; else a script, which may be in the list already. */
#pragma once
#include <jansson.h>

struct command_context;

/* What the words of one command come to. */
struct start_word_plan {
	json_t *apps;	  /* to be added: for app.start */
	json_t *targets;  /* of the list: for app.begin */
	unsigned scripts; /* that many of `apps` are scripts of the command line */
	json_t *scales;	  /* one more of what runs already (-f): for app.scale */
};

/* Add a word to the plan. Connected already. 1 when the word was refused, with its reason printed.
 */
int start_word_add(struct command_context *ctx, const char *word, struct start_word_plan *plan);
