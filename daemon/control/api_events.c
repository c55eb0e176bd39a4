/* events.follow: from now on events on this connection. */
#include "daemon/control/api.h"
#include "daemon/control/request.h"
#include "daemon/control/session.h"

/* The reply goes first, so that whoever reads it knows that nothing that comes later is missed. */
void api_events_follow(struct request *req)
{
	struct pmc_error err = {};
	const char *app = NULL;

	if (request_get_string(req, "app", &app, &err) < 0) {
		request_fail(req, "bad-params", &err);
		return;
	}
	session_follow(req->session, app);
	request_reply(req, NULL);
}
