#include "cli/listing_notes.h"

#include <string.h>

#include "cli/listing.h"
#include "cli/out/wrap.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

#define NOTES_MAX 8 /* of instances */

struct notes {
	struct str *out;
	const struct style *style;
	unsigned width;
	size_t count; /* of instances, those that are not shown too */
};

static void append_note(struct notes *notes, enum style_role role, const char *text)
{
	str_append_char(notes->out, ' ');
	str_append(notes->out, style_begin(notes->style, role));
	wrap_append(notes->out, 1, notes->width, text);
	str_append(notes->out, style_end(notes->style, role));
}

static void add(struct notes *notes, enum style_role role, const struct app_view *view,
		const char *text)
{
	_cleanup_(str_done) struct str note = {};

	if (++notes->count > NOTES_MAX)
		return;
	str_appendf(&note, "%s %s (%d): %s", style_state_mark(view->state), view->name, view->pm_id,
		    text);
	append_note(notes, role, str_cstr(&note));
}

static bool tells_reason(const struct app_view *view)
{
	return view->reason && (view->state == STATE_ERRORED || view->state == STATE_WAITING ||
				view->state == STATE_UNHEALTHY);
}

static void append_instances(struct notes *notes, const struct listing *listing)
{
	_cleanup_(str_done) struct str more = {};

	for (size_t i = 0; i < listing->count; i++) {
		const struct app_view *view = &listing->views[i];

		if (tells_reason(view))
			add(notes, STYLE_DIM, view, view->reason);
		if (view->process_trouble)
			add(notes, STYLE_WARN, view, view->process_trouble);
		if (view->log_trouble)
			add(notes, STYLE_WARN, view, view->log_trouble);
	}
	if (notes->count <= NOTES_MAX)
		return;
	str_appendf(&more, "… and %zu more; `pmc describe <app>` tells each",
		    notes->count - NOTES_MAX);
	append_note(notes, STYLE_DIM, str_cstr(&more));
}

static void append_daemon(struct notes *notes, const struct listing *listing)
{
	_cleanup_(str_done) struct str note = {};

	if (listing->safe) {
		str_appendf(&note, "safe mode: %s%s", listing->safe,
			    strstr(listing->safe, "`pmc daemon resume`")
				    ? ""
				    : "; `pmc daemon resume` leaves it");
		append_note(notes, STYLE_WARN, str_cstr(&note));
		str_clear(&note);
	}
	if (listing->orphans > 0) {
		str_appendf(&note,
			    "%" JSON_INTEGER_FORMAT
			    " adopted from a keeper that died: how they end may stay "
			    "unknown until their next restart",
			    listing->orphans);
		append_note(notes, STYLE_WARN, str_cstr(&note));
	}
}

void listing_notes_append(const struct listing *listing, unsigned width, const struct style *style,
			  struct str *out)
{
	struct notes notes = {.out = out, .style = style, .width = width};

	append_instances(&notes, listing);
	append_daemon(&notes, listing);
}
