/* list.save, list.clear and list.resurrect: the list in a file of its own (dump.pmc), as PM2's
 * dump.pm2: all apps with spec and environment, which instances there are, which of them shall run.
 * Files are touched on the pool. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "daemon/control/api.h"
#include "daemon/control/app_row.h"
#include "daemon/control/launch_apps.h"
#include "daemon/control/request.h"
#include "daemon/run/supervisor.h"
#include "shared/base/fdio.h"
#include "shared/base/str.h"
#include "shared/config/home.h"
#include "shared/spec/spec_json.h"

#define DUMP_MAX (64 << 20)

struct dump {
	uv_work_t work;
	struct request *req;
	char *path, *backup;
	struct str text;
	int result;
	struct pmc_error err;
	int apps;
};

static struct dump *create(struct request *req)
{
	struct dump *dump = mem_zalloc(sizeof(*dump));

	dump->req = req;
	dump->path = home_file(req->api->home, "dump.pmc");
	dump->backup = home_file(req->api->home, "dump.pmc.bak");
	return dump;
}

static void destroy(struct dump *dump)
{
	free(dump->path);
	free(dump->backup);
	str_done(&dump->text);
	free(dump);
}

static json_t *find_app(json_t *apps, const char *name)
{
	size_t i;
	json_t *app;

	json_array_foreach(apps, i,
			   app) if (str_equal(json_string_value(json_object_get(app, "name")),
					      name)) return app;
	return NULL;
}

static void add_instance(json_t *apps, struct request *req, const struct facts *facts)
{
	const char *name = facts->spec->name;
	json_t *app = find_app(apps, name);
	bool stopped = facts->state == STATE_STOPPED || facts->state == STATE_STOPPING;

	if (!app) {
		app = json_pack("{s:s, s:o, s:o, s:[]}", "name", name, "spec",
				spec_json_write(facts->spec), "env",
				app_row_write_env(roster_app_env(req->api->supervisor, name)),
				"instances");
		json_array_append_new(apps, app);
	}
	json_array_append_new(json_object_get(app, "instances"),
			      json_pack("{s:i, s:b}", "number", facts->number, "stopped", stopped));
}

static void write_dump(uv_work_t *work)
{
	struct dump *dump = container_of(work, struct dump, work);
	_cleanup_(str_done) struct str before = {0};

	if (fdio_read_file(AT_FDCWD, dump->path, DUMP_MAX, &before, NULL) == 0)
		fdio_replace_file(AT_FDCWD, dump->backup, before.data, before.len);
	dump->result = fdio_replace_file(AT_FDCWD, dump->path, dump->text.data, dump->text.len);
}

static void on_written(uv_work_t *work, int status)
{
	struct dump *dump = container_of(work, struct dump, work);

	if (dump->result < 0) {
		pmc_error_errno(&dump->err, dump->result, "cannot write %s", dump->path);
		request_fail(dump->req, "store", &dump->err);
	} else {
		request_reply(dump->req,
			      json_pack("{s:i, s:s}", "apps", dump->apps, "path", dump->path));
	}
	destroy(dump);
}

void api_list_save(struct request *req)
{
	const struct supervisor *sup = req->api->supervisor;
	struct pmc_error err = {0};
	struct dump *dump;
	bool force = false;
	json_t *apps;

	if (request_get_bool(req, "force", &force, &err) < 0) {
		request_fail(req, "bad-params", &err);
		return;
	}
	if (roster_count(sup) == 0 && !force) {
		request_reply(req, json_pack("{s:i}", "apps", 0));
		return;
	}
	apps = json_array();
	for (size_t i = 0; i < roster_count(sup); i++) {
		struct facts facts;

		facts_fill(roster_find(sup, roster_pm_id_at(sup, i)), false, &facts);
		add_instance(apps, req, &facts);
		facts_done(&facts);
	}
	dump = create(req);
	dump->apps = (int)json_array_size(apps);
	char *text = json_dumps(apps, JSON_INDENT(2));
	str_append(&dump->text, text);
	str_append_char(&dump->text, '\n');
	free(text);
	json_decref(apps);
	uv_queue_work(req->api->loop, &dump->work, write_dump, on_written);
}

void api_list_clear(struct request *req)
{
	struct dump *dump = create(req);

	str_append(&dump->text, "[]\n");
	uv_queue_work(req->api->loop, &dump->work, write_dump, on_written);
}

static void read_dump(uv_work_t *work)
{
	struct dump *dump = container_of(work, struct dump, work);

	dump->result = fdio_read_file(AT_FDCWD, dump->path, DUMP_MAX, &dump->text, &dump->err);
	if (dump->result == -ENOENT)
		dump->result =
			fdio_read_file(AT_FDCWD, dump->backup, DUMP_MAX, &dump->text, &dump->err);
}

/* An app of the dump: as many instances as there were; stopped ones come back stopped. */
static int launch_app_of(json_t *saved, struct launch_app *app, struct pmc_error *err)
{
	json_t *instances = json_object_get(saved, "instances"), *instance;
	size_t i;
	int r = app_row_from_request(saved, &app->row, err);

	if (r < 0)
		return r;
	app->instances = (int)json_array_size(instances);
	app->saved = mem_zalloc((json_array_size(instances) + 1) * sizeof(*app->saved));
	json_array_foreach(instances, i, instance)
	{
		json_t *number = json_object_get(instance, "number");

		app->saved[i].number =
			json_is_integer(number) ? (int)json_integer_value(number) : -1;
		app->saved[i].stopped = json_is_true(json_object_get(instance, "stopped"));
	}
	return r;
}

static void launch(struct request *req, json_t *saved)
{
	struct launch_app *apps = mem_zalloc((json_array_size(saved) + 1) * sizeof(*apps));
	struct pmc_error err = {0};
	size_t count = 0, i;
	json_t *item;

	json_array_foreach(saved, i, item)
	{
		const char *name = json_string_value(json_object_get(item, "name"));

		if (!name || roster_app_spec(req->api->supervisor, name))
			continue;
		if (launch_app_of(item, &apps[count], &err) < 0) {
			for (size_t k = 0; k < count; k++)
				launch_apps_done(&apps[k]);
			free(apps);
			request_fail(req, "refused", &err);
			return;
		}
		count++;
	}
	launch_apps_run(req, apps, count, NULL);
}

static void on_read(uv_work_t *work, int status)
{
	struct dump *dump = container_of(work, struct dump, work);
	json_error_t where;
	json_t *saved = NULL;

	if (dump->result == -ENOENT) {
		request_reply(dump->req,
			      json_pack("{s:[], s:i, s:s}", "results", "failed", 0, "note",
					"nothing was saved: there is no dump.pmc"));
	} else if (dump->result < 0) {
		request_fail(dump->req, "refused", &dump->err);
	} else {
		saved = json_loadb(dump->text.data, dump->text.len, JSON_REJECT_DUPLICATES, &where);
		if (!json_is_array(saved)) {
			pmc_error_set(&dump->err, -EBADMSG, "%s is not a saved list: %s",
				      dump->path, saved ? "no array" : where.text);
			pmc_error_hint(&dump->err, "the one before is %s", dump->backup);
			request_fail(dump->req, "refused", &dump->err);
		} else {
			launch(dump->req, saved);
		}
		json_decref(saved);
	}
	destroy(dump);
}

void api_list_resurrect(struct request *req)
{
	struct dump *dump = create(req);

	uv_queue_work(req->api->loop, &dump->work, read_dump, on_read);
}
