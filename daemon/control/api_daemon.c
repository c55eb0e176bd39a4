#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/control/api.h"
#include "daemon/control/intents.h"
#include "daemon/control/request.h"
#include "daemon/run/supervisor.h"
#include "daemon/store/state.h"

static void add_notes(struct request *req, json_t *notes)
{
	const struct supervisor_base base = supervisor_base(req->api->supervisor);
	unsigned orphans = roster_orphans(req->api->supervisor);
	const char *safe = supervisor_safe(req->api->supervisor);

	if (safe)
		json_array_append_new(notes, json_sprintf("safe mode: %s", safe));
	if (orphans)
		json_array_append_new(
			notes,
			json_sprintf("%u app%s outlived a keeper: their exit status may be lost "
				     "until they are restarted",
				     orphans, orphans == 1 ? "" : "s"));
	if (base.fds_lost)
		json_array_append_new(
			notes,
			json_sprintf("%u descriptors did not fit on the keeper's shelf: those logs "
				     "are not protected",
				     base.fds_lost));
}

void api_daemon_ping(struct request *req)
{
	const struct supervisor_base base = supervisor_base(req->api->supervisor);
	const struct supervisor *sup = req->api->supervisor;
	const char *safe = supervisor_safe(sup);
	json_t *notes = json_array();

	add_notes(req, notes);
	request_reply(req, json_pack("{s:s, s:i, s:i, s:i, s:I, s:i, s:i, s:o, s:i, s:i, s:o}",
				     "version", req->api->version, "engine_pid", (int)getpid(),
				     "keeper_pid", base.keeper_pid, "engine_restarts",
				     base.engine_restarts, "started_us",
				     (json_int_t)req->api->daemon->started_us, "apps",
				     (int)roster_count(sup), "orphans", (int)roster_orphans(sup),
				     "safe", safe ? json_string(safe) : json_false(), "fds_lost",
				     (int)base.fds_lost, "keeper_restarts", base.keeper_restarts,
				     "notes", notes));
}

static void on_ended(void *arg)
{
	request_reply(arg, NULL);
}

void api_daemon_stop(struct request *req)
{
	req->api->daemon->end(req->api->daemon->owner, false, on_ended, req);
}

/* PM2's kill: what is forgotten must be forgotten on disk first. */
static int plan_kill(struct intent *intent, struct state_change *change, const char **ret_code,
		     struct pmc_error *err)
{
	state_change_forget_all(change);
	return 0;
}

static void act_kill(struct intent *intent, const char *unstored)
{
	struct request *req = intent->req;

	req->api->daemon->end(req->api->daemon->owner, true, on_ended, req);
}

static void repeat_kill(struct intent *intent)
{
	request_reply(intent->req, NULL);
}

static void destroy_kill(struct intent *intent)
{
	free(intent);
}

void api_daemon_kill(struct request *req)
{
	struct intent *intent = mem_zalloc(sizeof(*intent));

	*intent = (struct intent){
		.req = req,
		.plan = plan_kill,
		.act = act_kill,
		.repeat = repeat_kill,
		.destroy = destroy_kill,
		.even_unstored = true,
	};
	intents_submit(req->api->intents, intent);
}

static void answer(struct request *req, int result, const struct pmc_error *err)
{
	if (result < 0)
		request_fail(req, "refused", err);
	else
		request_reply(req, NULL);
}

void api_daemon_resume(struct request *req)
{
	struct pmc_error err = {0};

	answer(req, req->api->daemon->resume(req->api->daemon->owner, &err), &err);
}

void api_daemon_reload(struct request *req)
{
	struct pmc_error err = {0};

	answer(req, req->api->daemon->reload(req->api->daemon->owner, &err), &err);
}

static void append_features(json_t *checks)
{
	struct kernel_call features[16];
	size_t count = kernel_calls_look(features, ARRAY_SIZE(features));

	for (size_t i = 0; i < count; i++)
		json_array_append_new(
			checks, json_pack("{s:o, s:b, s:o}", "name",
					  json_sprintf("kernel: %s", features[i].name), "ok",
					  features[i].there, "detail",
					  features[i].there ? json_string("there")
							    : json_sprintf("not there; instead %s",
									   features[i].without)));
}

void api_daemon_doctor(struct request *req)
{
	const struct supervisor_base base = supervisor_base(req->api->supervisor);
	const char *cgroup = supervisor_cgroup_note(req->api->supervisor);
	json_t *checks = json_array();

	json_array_append_new(checks, json_pack("{s:s, s:b, s:s}", "name",
						"cgroup v2 for process trees", "ok", cgroup == NULL,
						"detail", cgroup ? cgroup : "in use"));
	json_array_append_new(
		checks,
		json_pack("{s:s, s:b, s:s}", "name", "keeper's shelf", "ok", base.fds_lost == 0,
			  "detail", base.fds_lost ? "descriptors were lost" : "holds everything"));
	json_array_append_new(checks,
			      json_pack("{s:s, s:b, s:o}", "name", "orphans", "ok",
					roster_orphans(req->api->supervisor) == 0, "detail",
					json_sprintf("%u apps are not the keeper's children",
						     roster_orphans(req->api->supervisor))));
	append_features(checks);
	request_reply(req, json_pack("{s:o}", "checks", checks));
}
