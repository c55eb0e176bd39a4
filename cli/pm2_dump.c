#include "cli/pm2_dump.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cli/out/json.h"
#include "shared/base/fdio.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/spec/spec_json.h"

void pm2_dump_done(struct pm2_dump *dump)
{
	for (size_t i = 0; i < dump->count; i++) {
		pm2_record_done(&dump->apps[i].record);
		free(dump->apps[i].stopped);
	}
	free(dump->apps);
	free(dump->path);
	strlist_done(&dump->notes);
	*dump = (struct pm2_dump){};
}

char *pm2_dump_home(void)
{
	const char *given = getenv("PM2_HOME"), *home = getenv("HOME");

	if (given && *given)
		return path_absolute(given);
	return home && *home ? path_join(home, ".pm2") : NULL;
}

static int read_list(const char *path, json_t **ret_list, struct pmc_error *err)
{
	_cleanup_(str_done) struct str text = {};
	json_error_t where;
	json_t *list;
	int r = fdio_read_file(AT_FDCWD, path, PM2_DUMP_MAX, &text, err);

	if (r < 0)
		return r;
	list = json_loadb(str_cstr(&text), text.len, 0, &where);
	if (json_is_array(list)) {
		*ret_list = list;
		return 0;
	}
	pmc_error_set(err, -EINVAL, "not a saved list of PM2: %s", list ? "no list" : where.text);
	pmc_error_at(err, path, list ? 1 : where.line, list ? 1 : where.column);
	json_decref(list);
	return -EINVAL;
}

static bool same(const char *a, const char *b)
{
	return str_equal(a ? a : "", b ? b : "");
}

static bool is_instance_of(const struct pm2_dump_app *app, const struct pm2_record *record)
{
	return same(app->record.spec.name, record->spec.name) &&
	       same(app->record.spec.script, record->spec.script) &&
	       same(app->record.spec.namespace, record->spec.namespace);
}

static bool is_taken(const struct pm2_dump *dump, const char *name)
{
	for (size_t i = 0; i < dump->count; i++) {
		if (str_equal(dump->apps[i].record.spec.name, name))
			return true;
	}
	return false;
}

/* PM2 may have two apps of one name; here a name is one app. */
static void make_unique(struct pm2_dump *dump, struct pm2_record *record)
{
	_cleanup_(mem_freep) char *old = mem_strdup(record->spec.name);

	for (int number = 2; is_taken(dump, record->spec.name); number++) {
		free(record->spec.name);
		record->spec.name = mem_printf("%s-%d", old, number);
	}
	if (strcmp(old, record->spec.name) != 0)
		strlist_take(&dump->notes,
			     mem_printf("a second app called %s is called %s from now on", old,
					record->spec.name));
}

static void add_instance(struct pm2_dump_app *app, bool stopped)
{
	app->stopped = mem_resize(app->stopped, app->count + 1, sizeof(*app->stopped));
	app->stopped[app->count++] = stopped;
}

static void add_record(struct pm2_dump *dump, struct pm2_record *record)
{
	for (size_t i = 0; i < dump->count; i++) {
		if (is_instance_of(&dump->apps[i], record)) {
			add_instance(&dump->apps[i], record->stopped);
			pm2_record_done(record);
			return;
		}
	}
	make_unique(dump, record);
	dump->apps = mem_resize(dump->apps, dump->count + 1, sizeof(*dump->apps));
	dump->apps[dump->count] = (struct pm2_dump_app){.record = *record};
	add_instance(&dump->apps[dump->count++], record->stopped);
}

static void add(struct pm2_dump *dump, json_t *json, const char *pm2_home)
{
	struct pm2_record record;
	struct pmc_error err = {};

	if (json_is_true(json_object_get(json, "pmx_module"))) {
		strlist_take(&dump->notes, mem_printf("%s is a module of PM2, which means nothing "
						      "here",
						      json_get_text(json, "name", "one record")));
	} else if (pm2_record_read(json, pm2_home, &record, &err) < 0) {
		strlist_add(&dump->notes, err.message);
		dump->refused = true;
	} else {
		add_record(dump, &record);
	}
}

/* As many instances as there were. */
static void count_instances(struct pm2_dump_app *app)
{
	_cleanup_(mem_freep) char *text = mem_printf("%zu", app->count);

	if (app->count > 1)
		app_spec_set_text(&app->record.spec, SPEC_instances, text, NULL);
}

int pm2_dump_read(const char *pm2_home, struct pm2_dump *ret_dump, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *path = path_join(pm2_home, "dump.pm2");
	_cleanup_(mem_freep) char *backup = path_join(pm2_home, "dump.pm2.bak");
	struct pm2_dump dump = {};
	json_t *list = NULL, *json;
	size_t i;
	int r = read_list(path, &list, err);

	if (r < 0 && read_list(backup, &list, NULL) == 0) {
		strlist_take(&dump.notes, mem_printf("%s cannot be used: %s is taken instead", path,
						     path_base(backup)));
		r = 0;
		dump.path = mem_strdup(backup);
	}
	if (r < 0)
		return r;
	dump.path = dump.path ? dump.path : mem_strdup(path);
	json_array_foreach(list, i, json) add(&dump, json, pm2_home);
	for (i = 0; i < dump.count; i++)
		count_instances(&dump.apps[i]);
	json_decref(list);
	*ret_dump = dump;
	return 0;
}

json_t *pm2_dump_write(const struct pm2_dump_app *app)
{
	json_t *instances = json_array();

	for (size_t i = 0; i < app->count; i++)
		json_array_append_new(instances, json_pack("{s:i, s:b}", "number", (int)i,
							   "stopped", app->stopped[i]));
	return json_pack("{s:s, s:o, s:O, s:o}", "name", app->record.spec.name, "spec",
			 spec_json_write(&app->record.spec), "env", app->record.env, "instances",
			 instances);
}
