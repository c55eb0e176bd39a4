#include "daemon/control/dispatch.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "daemon/control/api.h"
#include "daemon/control/request.h"
#include "shared/base/mem.h"
#include "shared/ipc/message.h"

static const struct {
	const char *name;
	void (*handler)(struct request *req);
} methods[] = {
#define METHOD(ident, name, flags, params, doc) {name, api_##ident},
#include "shared/ipc/methods.def"
#undef METHOD
};

static void call(struct request *req, const char *method)
{
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		if (strcmp(methods[i].name, method) == 0) {
			methods[i].handler(req);
			return;
		}
	}
	assert(!"message_check() knows every method of the table");
}

void dispatch_request(struct session *session, const struct api_context *api,
		      const struct message *msg)
{
	struct request *req = request_create(session, api, msg->id, msg->body);
	struct pmc_error err = {};
	int r = message_check(msg->method, msg->body, &err);

	if (r == 0 && !json_is_object(req->params))
		r = pmc_error_set(&err, -EINVAL, "parameters must be an object");
	if (r == 0)
		call(req, msg->method);
	else
		request_fail(req, r == -ENOSYS ? "unknown-method" : "bad-params", &err);
}
