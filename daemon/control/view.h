/* view: instances as clients see them: from facts to the records of shared/model/app_view.h. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/base/keyval.h"

struct app_spec;
struct instance;
struct request;
struct str;

/* Append the short record, as text. */
void view_append_short(struct instance *inst, struct str *out);

/* Append a row of these members of the short record (APP_VIEW_BIT). */
void view_append_row(struct instance *inst, uint64_t members, struct str *out);

/* The whole record; secrets of environments masked unless `show_secrets`. New reference. */
json_t *view_whole(struct request *req, struct instance *inst, bool show_secrets);

/* What the whole records of one answer have in common, so that it is said once. Begins as zeroes.
 */
struct view_common {
	bool begun;
	struct keyval env;	     /* of the first instance */
	const struct app_spec *spec; /* of the last one: the same pointer is the same app */
	json_t *spec_json;
};

/* Append the whole record, as text; its `env` is what has to be changed in the common one: a merge
 * patch (RFC 7396). */
void view_append_whole(struct request *req, struct instance *inst, bool show_secrets,
		       struct view_common *common, struct str *out);

/* New reference. */
json_t *view_common_env(struct request *req, const struct view_common *common, bool show_secrets);
void view_common_done(struct view_common *common);
