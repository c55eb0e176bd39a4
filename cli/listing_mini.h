/* listing_mini: `pmc list -m`: every instance as a few lines of plain text, as PM2 prints it for
 * narrow terminals and for grep. Pure. */
#pragma once

struct listing;
struct str;

/* Append all instances, each with an empty line behind it. */
void listing_mini_render(const struct listing *listing, struct str *out);
