/* view: instances as clients see them: from facts to the records of shared/model/app_view.h. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct instance;
struct request;
struct str;

/* Append the short record, as text. */
void view_append_short(struct instance *inst, struct str *out);

/* Append a row of these members of the short record (APP_VIEW_BIT). */
void view_append_row(struct instance *inst, uint64_t members, struct str *out);

/* The whole record; secrets of environments masked unless `show_secrets`. New reference. */
json_t *view_whole(struct request *req, struct instance *inst, bool show_secrets);
