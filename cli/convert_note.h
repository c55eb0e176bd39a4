/* convert_note: what a person who knows PM2 should know about one option of an app. Pure. */
#pragma once
#include <stdbool.h>

struct app_spec;
struct node;

struct convert_note {
	const char *key; /* in our words */
	bool comment;	 /* means nothing here: to be kept as a comment */
	char *text;	 /* NULL: it means the same */
};

/* About `node`, a member of an app. `spec` is the whole app (NULL: not known). */
void convert_note(const struct node *node, const struct app_spec *spec,
		  struct convert_note *ret_note);
void convert_note_done(struct convert_note *note);
