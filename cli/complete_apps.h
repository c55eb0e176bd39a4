/* complete_apps: names of apps for completion, from the daemon if one runs and answers at once. */
#pragma once

struct str;

/* For struct complete_source. Names and namespaces; ids where `word` begins with a digit. Never
 * starts a daemon; nothing when none answers within half a second. */
void complete_apps_add(void *user, const char *word, struct str *out);
