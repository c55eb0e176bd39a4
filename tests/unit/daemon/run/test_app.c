#include "daemon/run/app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct app *app_with(enum spec_option option, const char *text)
{
	struct keyval env = {0};
	struct app_spec spec;
	struct app *app;

	app_spec_init(&spec);
	app_spec_set_text(&spec, SPEC_name, "my web", NULL);
	if (text)
		app_spec_set_text(&spec, option, text, NULL);
	app = app_create(&spec, &env, "id", 1, "/h");
	app_spec_done(&spec);
	return app;
}

static void expect(enum spec_option option, const char *text, enum app_path which,
		   const char *expected)
{
	struct app *app = app_with(option, text);
	char *path = app_path(app, which, 7);

	if (expected)
		assert_string_equal(path, expected);
	else
		assert_null(path);
	free(path);
	app_destroy(app);
}

/* pm2-behaviour 7.1 */
static void log_files_are_named_as_pm2_names_them(void **state)
{
	expect(0, NULL, APP_OUT, "/h/logs/my-web-out.log");
	expect(0, NULL, APP_ERR, "/h/logs/my-web-error.log");
	expect(0, NULL, APP_LOG, NULL);
	expect(SPEC_log_file, "true", APP_LOG, "/h/logs/my-web.log");
	expect(SPEC_instances, "2", APP_OUT, "/h/logs/my-web-out-7.log");
	expect(SPEC_out_file, "/l/o.log", APP_OUT, "/l/o.log");
	expect(SPEC_out_file, "/dev/null", APP_OUT, NULL);
	expect(SPEC_error_file, "NULL", APP_ERR, NULL);
	expect(SPEC_disable_logs, "true", APP_OUT, NULL);
	expect(0, NULL, APP_PID, "/h/pids/my-web-7.pid");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log_files_are_named_as_pm2_names_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
