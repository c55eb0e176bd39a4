#include "daemon/control/api.h"

#include <errno.h>

#include "daemon/control/request.h"
#include "daemon/control/select.h"
#include "daemon/control/view.h"
#include "daemon/run/supervisor.h"
#include "shared/base/str.h"
#include "shared/base/strlist.h"
#include "shared/model/app_view.h"

#define RECORD_BYTES 320 /* about what one takes */

struct answer {
	struct str text;
	uint64_t members; /* of rows; 0: whole records */
};

static void answer_done(struct answer *answer)
{
	str_done(&answer->text);
}

static void add(struct request *req, struct instance *inst, void *arg)
{
	struct answer *answer = arg;
	struct str *text = &answer->text;

	if (text->data[text->len - 1] != '[')
		str_append_char(text, ',');
	if (answer->members)
		view_append_row(inst, answer->members, text);
	else
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

/* Which members were asked for; 0: whole records. */
static int read_members(struct request *req, uint64_t *ret_members, struct pmc_error *err)
{
	_cleanup_(strlist_done) struct strlist names = {0};
	int r = request_get_list(req, "members", &names, err);

	*ret_members = 0;
	for (size_t i = 0; r >= 0 && i < names.count; i++) {
		int member = app_view_member_find(names.items[i]);

		if (member < 0)
			return pmc_error_set(err, -EINVAL, "the short record has no member '%s'",
					     names.items[i]);
		*ret_members |= APP_VIEW_BIT(member);
	}
	return r;
}

static void append_head(struct answer *answer)
{
	struct str *text = &answer->text;
	char between = '[';

	if (!answer->members) {
		str_append(text, "{\"instances\":[");
		return;
	}
	str_append(text, "{\"members\":");
	for (int i = 0; i < APP_VIEW_MEMBERS; i++) {
		if (answer->members & APP_VIEW_BIT(i)) {
			str_appendf(text, "%c\"%s\"", between, app_view_member_name(i));
			between = ',';
		}
	}
	str_append(text, "],\"rows\":[");
}

void api_app_list(struct request *req)
{
	const struct supervisor *sup = req->api->supervisor;
	_cleanup_(mem_freep) char *daemon = daemon_part(sup);
	_cleanup_(answer_done) struct answer answer = {0};
	struct pmc_error err = {0};

	if (read_members(req, &answer.members, &err) < 0) {
		request_fail(req, "bad-params", &err);
		return;
	}
	str_reserve(&answer.text, roster_count(sup) * RECORD_BYTES);
	append_head(&answer);
	if (!select_each(req, add, &answer))
		return;
	str_appendf(&answer.text, "],\"daemon\":%s}", daemon);
	request_reply_text(req, &answer.text);
}
