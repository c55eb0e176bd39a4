#include "daemon/control/select.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control/api.h"
#include "daemon/control/request.h"
#include "daemon/run/supervisor.h"
#include "shared/base/strlist.h"

bool select_each(struct request *req,
		 void (*fn)(struct request *req, struct instance *inst, void *arg), void *arg)
{
	_cleanup_(strlist_done) struct strlist targets = {0};
	const struct supervisor *sup = req->api->supervisor;
	size_t count = roster_count(sup);
	_cleanup_(mem_freep) bool *hits = mem_zalloc(count + 1);
	struct pmc_error err = {0};

	if (request_get_list(req, "targets", &targets, &err) < 0) {
		request_fail(req, "bad-params", &err);
		return false;
	}
	for (size_t i = 0; i < targets.count; i++) {
		int r = roster_select(sup, targets.items[i], hits, &err);

		if (r < 0) {
			request_fail(req, r == -ENOENT ? "not-found" : "bad-params", &err);
			return false;
		}
	}
	if (targets.count == 0)
		memset(hits, true, count);
	for (size_t i = 0; i < count; i++)
		if (hits[i])
			fn(req, roster_find(sup, roster_pm_id_at(sup, i)), arg);
	return true;
}
