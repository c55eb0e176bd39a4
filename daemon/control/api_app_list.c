#include "daemon/control/api.h"
#include "daemon/control/request.h"
#include "daemon/control/select.h"
#include "daemon/control/view.h"
#include "daemon/run/supervisor.h"
#include "shared/base/str.h"

#define RECORD_BYTES 320 /* about what one takes */

static void add(struct request *req, struct instance *inst, void *arg)
{
	struct str *text = arg;

	if (text->data[text->len - 1] != '[')
		str_append_char(text, ',');
	view_append_short(inst, text);
}

static char *daemon_part(const struct supervisor *sup)
{
	const char *safe = supervisor_safe(sup);
	json_t *json = json_pack("{s:o, s:i}", "safe", safe ? json_string(safe) : json_false(),
				 "orphans", (int)roster_orphans(sup));
	char *text = json_dumps(json, JSON_COMPACT);

	json_decref(json);
	return text;
}

void api_app_list(struct request *req)
{
	const struct supervisor *sup = req->api->supervisor;
	_cleanup_(mem_freep) char *daemon = daemon_part(sup);
	_cleanup_(str_done) struct str text = {0};

	str_reserve(&text, roster_count(sup) * RECORD_BYTES);
	str_append(&text, "{\"instances\":[");
	if (!select_each(req, add, &text))
		return;
	str_appendf(&text, "],\"daemon\":%s}", daemon);
	request_reply_text(req, &text);
}
