/* app_view_text: records as JSON text, written without building a tree: lists of hundreds of
 * instances are most of what a daemon is asked. Readable by app_view_from_json(). */
#pragma once
#include <stdint.h>

struct app_view;
struct str;

/* Append the object. What says nothing (null, false, 0, no start due) is left out, but for what
 * every record has. */
void app_view_text_append(struct str *out, const struct app_view *view);

/* The same for the whole record; what is known of the last end is always there. */
void app_view_text_append_whole(struct str *out, const struct app_view *view);

/* Append an array of the values of `members` (APP_VIEW_BIT), in the order of app_view.def; what
 * says nothing is null. Readable by app_view_from_row(). */
void app_view_text_append_row(struct str *out, const struct app_view *view, uint64_t members);
