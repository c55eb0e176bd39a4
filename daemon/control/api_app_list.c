#include "daemon/control/api.h"
#include "daemon/control/request.h"
#include "daemon/control/select.h"
#include "daemon/control/view.h"
#include "daemon/run/supervisor.h"

static void add(struct request *req, struct instance *inst, void *arg)
{
	json_array_append_new(arg, view_short(req, inst));
}

void api_app_list(struct request *req)
{
	const struct supervisor *sup = req->api->supervisor;
	json_t *instances = json_array();
	const char *safe = supervisor_safe(sup);

	if (!select_each(req, add, instances)) {
		json_decref(instances);
		return;
	}
	request_reply(req, json_pack("{s:o, s:{s:o, s:i}}", "instances", instances, "daemon", "safe",
				     safe ? json_string(safe) : json_false(), "orphans", (int)roster_orphans(sup)));
}
