/* strlist: a list of strings it owns, NULL-terminated so that it serves as argv. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "shared/base/mem.h"

struct pmc_error;

struct strlist {
	char **items; /* items[count] is NULL; items itself is NULL while empty */
	size_t count;
};

void strlist_done(struct strlist *list);
void strlist_add(struct strlist *list, const char *item);
void strlist_take(struct strlist *list, char *item);		   /* owns `item` from here on */
void strlist_copy(struct strlist *to, const struct strlist *from); /* `to` must be empty */
bool strlist_has(const struct strlist *list, const char *item);
bool strlist_equal(const struct strlist *a, const struct strlist *b);

/* Split like a shell would split words: blanks, '…', "…", backslash. No expansion. A word such as
 * --x="1 2" becomes
 * --x=1 2. Errors: -EINVAL for an unclosed quote (err says which column). */
int strlist_split_words(struct strlist *list, const char *text, struct pmc_error *err);

/* The same, but a word of the form --x="1 2" stays as it is written, quotes included: PM2 hands
 * arguments on so. */
int strlist_split_arguments(struct strlist *list, const char *text, struct pmc_error *err);

/* Split at any byte of `separators`; empty parts are left out. */
void strlist_split(struct strlist *list, const char *text, const char *separators);
