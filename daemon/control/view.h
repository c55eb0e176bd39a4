/* view: instances as clients see them: from facts to the records of shared/model/app_view.h. */
#pragma once
#include <jansson.h>
#include <stdbool.h>

struct instance;
struct request;

/* The short record, or the whole one; secrets of environments masked unless `show_secrets`. New reference. */
json_t *view_short(struct request *req, struct instance *inst);
json_t *view_whole(struct request *req, struct instance *inst, bool show_secrets);
