#include "daemon/run/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/path.h"
#include "shared/base/str.h"

struct app *app_create(const struct app_spec *spec, const struct keyval *caller_env,
		       const char *unique_id, int64_t created_us, const char *home)
{
	struct app *app = mem_zalloc(sizeof(*app));

	app->created_us = created_us;
	app->home_logs = path_join(home, "logs");
	app->home_pids = path_join(home, "pids");
	app_set(app, spec, caller_env, unique_id);
	return app;
}

void app_destroy(struct app *app)
{
	if (!app)
		return;
	app_spec_done(&app->spec);
	keyval_done(&app->caller_env);
	free(app->unique_id);
	free(app->home_logs);
	free(app->home_pids);
	free(app);
}

void app_set(struct app *app, const struct app_spec *spec, const struct keyval *caller_env,
	     const char *unique_id)
{
	struct app_spec new_spec = {0};
	struct keyval new_env = {0};
	char *new_id = mem_strdup(unique_id);

	app_spec_copy(&new_spec, spec);
	keyval_copy(&new_env, caller_env);
	app_spec_done(&app->spec);
	keyval_done(&app->caller_env);
	free(app->unique_id);
	app->spec = new_spec;
	app->caller_env = new_env;
	app->unique_id = new_id;
}

static bool is_none(const char *path)
{
	return strcmp(path, "/dev/null") == 0 || strcmp(path, "NULL") == 0;
}

/* web.log → web-7.log; PM2 puts the id only before ".log", a path that ends otherwise gets none. */
static char *with_id(const char *path, const char *extension, int pm_id)
{
	size_t len = strlen(path) - strlen(extension);

	if (!str_ends(path, extension))
		return mem_strdup(path);
	return mem_printf("%.*s-%d%s", (int)len, path, pm_id, extension);
}

static char *default_path(const struct app *app, enum app_path which)
{
	static const char *const suffix[] = {[APP_OUT] = "-out.log",
					     [APP_ERR] = "-error.log",
					     [APP_LOG] = ".log",
					     [APP_PID] = ".pid"};
	_cleanup_(mem_freep) char *clean = path_clean_name(app->spec.name);

	return mem_printf("%s/%s%s", which == APP_PID ? app->home_pids : app->home_logs, clean,
			  suffix[which]);
}

static const char *given_path(const struct app_spec *spec, enum app_path which)
{
	switch (which) {
	case APP_OUT:
		return spec->out_file;
	case APP_ERR:
		return spec->error_file;
	case APP_LOG:
		return spec->log_file;
	case APP_PID:
		return spec->pid_file;
	}
	unreachable();
}

char *app_path(const struct app *app, enum app_path which, int pm_id)
{
	const char *given = given_path(&app->spec, which);
	_cleanup_(mem_freep) char *path = NULL;

	if (which == APP_LOG && !given)
		return NULL;
	if (which != APP_PID && app->spec.disable_logs)
		return NULL;
	if (given && is_none(given))
		return NULL;
	if (!given || (which == APP_LOG && strcmp(given, SPEC_LOG_FILE_DEFAULT) == 0))
		path = default_path(app, which);
	else
		path = mem_strdup(given);
	if (which == APP_PID)
		return with_id(path, ".pid", pm_id);
	return app_spec_merges_logs(&app->spec) ? steal_ptr(&path) : with_id(path, ".log", pm_id);
}
