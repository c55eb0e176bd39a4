#include "daemon/control/api.h"
#include "daemon/control/request.h"
#include "daemon/control/select.h"
#include "daemon/control/view.h"
#include "daemon/run/supervisor.h"

struct describe {
	json_t *instances;
	bool show_secrets;
};

static void add(struct request *req, struct instance *inst, void *arg)
{
	struct describe *describe = arg;

	json_array_append_new(describe->instances, view_whole(req, inst, describe->show_secrets));
}

void api_app_describe(struct request *req)
{
	struct describe describe = {.instances = json_array()};
	struct pmc_error err = {0};

	if (request_get_bool(req, "show_secrets", &describe.show_secrets, &err) < 0) {
		json_decref(describe.instances);
		request_fail(req, "bad-params", &err);
		return;
	}
	if (!select_each(req, add, &describe)) {
		json_decref(describe.instances);
		return;
	}
	request_reply(req, json_pack("{s:o}", "instances", describe.instances));
}
