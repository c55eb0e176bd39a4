/* ecosystem_find: the file that is meant when none is named, in the current directory. PM2's
 * names first, in PM2's order, then ours. */
#pragma once

struct ecosystem_find {
	const char *name; /* NULL: there is none */
	const char *next; /* another one that is there and is not meant; NULL: none */
};

/* package.json counts only if it has the key pm2 or pmc. Looks at files, evaluates none. */
struct ecosystem_find ecosystem_find_file(void);

/* All names it looks for, in their order, with commas between. New string. */
char *ecosystem_find_names(void);
