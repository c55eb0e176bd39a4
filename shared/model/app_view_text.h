/* app_view_text: the short record as JSON text, written without building a tree: `pmc list` of
 * hundreds of instances is most of what a daemon is asked. Readable by app_view_from_json(). */
#pragma once

struct app_view;
struct str;

/* Append the object. What says nothing (null, false, 0, no start due) is left out, but for what
 * every record has. */
void app_view_text_append(struct str *out, const struct app_view *view);
