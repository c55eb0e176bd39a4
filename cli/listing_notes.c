#include "cli/listing_notes.h"

#include <string.h>

#include "cli/listing.h"
#include "cli/out/wrap.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

#define NOTES_MAX 8 /* of instances */
#define INDENT 3
#define TROUBLE "!"

struct notes {
	struct str *out;
	const struct style *style;
	unsigned width;
	size_t count; /* of instances, those that are not shown too */
};

/* " ✖ text", going on below its first letter. */
static void append_note(struct notes *notes, enum style_role mark_role, const char *mark,
			const char *text)
{
	str_append_char(notes->out, ' ');
	style_appendf(notes->style, notes->out, mark_role, "%s", mark);
	str_append_char(notes->out, ' ');
	wrap_append(notes->out, INDENT, notes->width, text);
}

static void add(struct notes *notes, enum style_role role, const char *mark,
		const struct app_view *view, const char *text)
{
	_cleanup_(str_done) struct str note = {};

	if (++notes->count > NOTES_MAX)
		return;
	str_appendf(&note, "%s (%d): %s", view->name, view->pm_id, text);
	append_note(notes, role, mark, str_cstr(&note));
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
			add(notes, style_state_role(view->state), style_state_mark(view->state),
			    view, view->reason);
		if (view->process_trouble)
			add(notes, STYLE_WARN, TROUBLE, view, view->process_trouble);
		if (view->log_trouble)
			add(notes, STYLE_WARN, TROUBLE, view, view->log_trouble);
	}
	if (notes->count <= NOTES_MAX)
		return;
	str_appendf(&more, "and %zu more; `pmc describe <app>` tells each",
		    notes->count - NOTES_MAX);
	append_note(notes, STYLE_DIM, "…", str_cstr(&more));
}

static void append_daemon(struct notes *notes, const struct listing *listing)
{
	_cleanup_(str_done) struct str note = {};

	if (listing->safe) {
		str_appendf(&note, "safe mode: %s%s", listing->safe,
			    strstr(listing->safe, "`pmc daemon resume`")
				    ? ""
				    : "; `pmc daemon resume` leaves it");
		append_note(notes, STYLE_WARN, TROUBLE, str_cstr(&note));
		str_clear(&note);
	}
	if (listing->orphans > 0) {
		str_appendf(&note,
			    "%" JSON_INTEGER_FORMAT
			    " adopted from a keeper that died: how they end may stay "
			    "unknown until their next restart",
			    listing->orphans);
		append_note(notes, STYLE_WARN, TROUBLE, str_cstr(&note));
	}
}

void listing_notes_append(const struct listing *listing, unsigned width, const struct style *style,
			  struct str *out)
{
	struct notes notes = {.out = out, .style = style, .width = width};

	if (listing->count == 0)
		append_note(&notes, STYLE_DIM, "○", "no apps yet: `pmc start <file>` adds some");
	append_instances(&notes, listing);
	append_daemon(&notes, listing);
}
