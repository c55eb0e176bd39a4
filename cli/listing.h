/* listing: the table of instances that `pmc list` prints and that every acting command ends with.
 *
 * Asks the daemon for short records and draws them; drawing is pure and tested by golden outputs.
 */
#pragma once
#include <jansson.h>

#include "cli/out/style.h"
#include "shared/model/app_view.h"

struct command_context;
struct str;

/* Sorted by name, then id, as PM2 shows them. */
struct listing {
	struct app_view *views;
	size_t count;
	char *safe;	    /* why the daemon is in safe mode; NULL: it is not */
	json_int_t orphans; /* instances adopted from a keeper that died */
};

/* Read the answer of app.list or app.describe. -EBADMSG: it is not one. */
int listing_read(json_t *reply, struct listing *ret_listing, struct pmc_error *err);
void listing_done(struct listing *listing);

/* Append table and notes, at most `width` columns wide. Returns how many columns of the table had
 * no room. */
unsigned listing_render(const struct listing *listing, unsigned width, const struct style *style,
			struct str *out);

/* The same for stdout as it is. Where COLUMNS makes it narrow for a reader that is no terminal, it
 * says on stderr that columns are missing. */
void listing_append(const struct command_context *ctx, const struct listing *listing,
		    struct str *out);

/* Ask for the list and print it. The exit code. */
int listing_show(struct command_context *ctx);

/* The same behind a command with this exit code, where it is news: nothing with --silent, nor where
 * nothing was done, and notes only of the instances that were acted on. The exit code. */
int listing_news(struct command_context *ctx, int code);
