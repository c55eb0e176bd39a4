/* complete: what may stand where the cursor is: the words a shell offers behind Tab.
 *
 * Knows the tables (commands and what their usage line says, flags, options of apps) and nothing of
 * shells: the scripts of packaging/completions are thin and ask `pmc completion words -- WORDS`. It
 * does not narrow down to what the last word begins with: shells do that, each in its own way. */
#pragma once
#include <stddef.h>

struct str;

/* Where names of apps come from: called at most once, only where apps may stand. */
struct complete_source {
	void (*apps)(void *user, const char *word, struct str *out);
	void *user;
};

/* Append candidates for the last of `words` (those behind `pmc`; at least one, the last may be ""):
 * one line each, "word\ttext". A line "\tfiles" or "\tfolders" says that files may stand there too.
 */
void complete_words(char *const *words, size_t count, const struct complete_source *source,
		    struct str *out);

/* One candidate; for `source->apps`. What has control bytes in it is left out. */
void complete_add(struct str *out, const char *word, const char *text);
