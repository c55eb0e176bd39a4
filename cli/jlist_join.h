/* jlist_join: several JSON objects written as one, where the first that has a name wins. A part
 * that many records share is made text once. */
#pragma once
#include <jansson.h>
#include <stdbool.h>

struct str;

struct jlist_part {
	json_t *members;  /* borrowed */
	const char *text; /* what stands between its braces; NULL: it is made when needed */
	bool hides;	  /* its names are kept from the parts behind it, and not written */
	bool patch;	  /* null hides a name, and is not written */
};

/* Append the object. */
void jlist_join(struct str *out, const struct jlist_part *parts, size_t count);

/* What stands between the braces of an object. New string. */
char *jlist_join_text(const json_t *members);
