/* listing_notes: the lines below the table: why apps are not as they should be, and what is wrong
 * with the daemon. Pure; which instances have notes is the listing's business. */
#pragma once

struct listing;
struct str;
struct style;

/* Append one note for each instance that has a reason or trouble with its log (the first few, then
 * how many more), then safe mode and orphans.
 * Below an empty list: how to begin. */
void listing_notes_append(const struct listing *listing, unsigned width, const struct style *style,
			  struct str *out);
