#include "daemon/control/api.h"

#include <stdlib.h>

#include "daemon/control/request.h"
#include "daemon/control/select.h"
#include "daemon/control/view.h"
#include "daemon/run/supervisor.h"
#include "shared/base/str.h"

struct describe {
	json_t *instances;
	bool show_secrets;
};

static void add(struct request *req, struct instance *inst, void *arg)
{
	struct describe *describe = arg;

	json_array_append_new(describe->instances, view_whole(req, inst, describe->show_secrets));
}

static void describe_all(struct request *req, bool show_secrets)
{
	struct describe describe = {.instances = json_array(), .show_secrets = show_secrets};

	if (!select_each(req, add, &describe)) {
		json_decref(describe.instances);
		return;
	}
	request_reply(req, json_pack("{s:o}", "instances", describe.instances));
}

struct lean {
	struct str text;
	bool show_secrets;
	struct view_common common;
};

static void add_lean(struct request *req, struct instance *inst, void *arg)
{
	struct lean *lean = arg;

	if (lean->common.begun)
		str_append_char(&lean->text, ',');
	view_append_whole(req, inst, lean->show_secrets, &lean->common, &lean->text);
}

static void append_env(struct request *req, struct lean *lean)
{
	json_t *env = view_common_env(req, &lean->common, lean->show_secrets);
	_cleanup_(mem_freep) char *text = json_dumps(env, JSON_COMPACT);

	str_append(&lean->text, text);
	json_decref(env);
}

static void describe_lean(struct request *req, bool show_secrets)
{
	struct lean lean = {.show_secrets = show_secrets};

	str_append(&lean.text, "{\"instances\":[");
	if (select_each(req, add_lean, &lean)) {
		str_append(&lean.text, "],\"env\":");
		append_env(req, &lean);
		str_append_char(&lean.text, '}');
		request_reply_text(req, &lean.text);
	}
	view_common_done(&lean.common);
	str_done(&lean.text);
}

void api_app_describe(struct request *req)
{
	struct pmc_error err = {0};
	bool show_secrets = false, lean = false;

	if (request_get_bool(req, "show_secrets", &show_secrets, &err) < 0 ||
	    request_get_bool(req, "lean", &lean, &err) < 0)
		request_fail(req, "bad-params", &err);
	else if (lean)
		describe_lean(req, show_secrets);
	else
		describe_all(req, show_secrets);
}
