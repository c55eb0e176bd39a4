#include <errno.h>
#include <stdlib.h>

#include "daemon/control/api.h"
#include "daemon/control/request.h"
#include "daemon/control/select.h"
#include "daemon/run/supervisor.h"
#include "shared/base/str.h"
#include "shared/base/strlist.h"
#include "shared/config/home.h"
#include "shared/model/json_text.h"

static void add_stream(json_t *streams, const struct facts *facts, const char *stream,
		       const char *path)
{
	if (path)
		json_array_append_new(streams,
				      json_pack("{s:i, s:s, s:i, s:s, s:s}", "pm_id", facts->pm_id,
						"name", facts->spec->name, "number", facts->number,
						"stream", stream, "path", path));
}

static void add_files(struct request *req, struct instance *inst, void *arg)
{
	struct facts facts;

	facts_fill(inst, true, &facts);
	add_stream(arg, &facts, "out", facts.out_path);
	add_stream(arg, &facts, "err", facts.err_path);
	add_stream(arg, &facts, "all", facts.log_path);
	facts_done(&facts);
}

void api_log_files(struct request *req)
{
	json_t *streams = json_array();

	if (!select_each(req, add_files, streams))
		json_decref(streams);
	else
		request_reply(req, json_pack("{s:o}", "streams", streams));
}

/* One file after the other is emptied; the answer waits for all. */
struct flush {
	struct request *req;
	unsigned pending;
	json_t *paths;
};

static void release(void *arg)
{
	struct flush *flush = arg;

	if (--flush->pending > 0)
		return;
	request_reply(flush->req,
		      json_pack("{s:i, s:o}", "files", (int)json_array_size(flush->paths), "paths",
				flush->paths));
	free(flush);
}

static void add_path(struct request *req, struct instance *inst, void *arg)
{
	struct strlist *paths = arg;
	struct facts facts;

	facts_fill(inst, true, &facts);
	char *const all[] = {facts.out_path, facts.err_path, facts.log_path};
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i] && !strlist_has(paths, all[i]))
			strlist_add(paths, all[i]);
	facts_done(&facts);
}

void api_log_flush(struct request *req)
{
	_cleanup_(strlist_done) struct strlist paths = {0};
	struct flush *flush;

	if (!select_each(req, add_path, &paths))
		return;
	if (json_array_size(json_object_get(req->params, "targets")) == 0)
		strlist_take(&paths, home_file(req->api->home, "pmc.log"));
	flush = mem_zalloc(sizeof(*flush));
	flush->req = req;
	flush->pending = 1;
	flush->paths = json_array();
	for (size_t i = 0; i < paths.count; i++) {
		flush->pending++;
		json_array_append_new(flush->paths, json_text(paths.items[i]));
		errand_flush_log(req->api->supervisor, paths.items[i], release, flush);
	}
	release(flush);
}

void api_log_reopen(struct request *req)
{
	errand_reopen_logs(req->api->supervisor);
	request_reply(req, NULL);
}
