#include "cli/doctor.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/out/json.h"
#include "shared/base/mem.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/base/strlist.h"

static bool is_program(const char *path)
{
	struct stat st;

	return access(path, X_OK) == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* As the app's start will look: by PATH of its own environment. */
static bool can_be_found(const char *program, const char *search)
{
	_cleanup_(strlist_done) struct strlist folders = {};

	if (strchr(program, '/'))
		return is_program(program);
	strlist_split(&folders, search, ":");
	for (size_t i = 0; i < folders.count; i++) {
		_cleanup_(mem_freep) char *path = path_join(folders.items[i], program);

		if (is_program(path))
			return true;
	}
	return false;
}

static const char *search_path(const json_t *app, const json_t *spec)
{
	const char *all =
		json_get_text(json_object_get(app, "env"), "PATH", "/usr/local/bin:/usr/bin:/bin");

	return json_get_text(json_object_get(spec, "env"), "PATH", all);
}

/* Its interpreter, or a program that is its script, cannot be found: broken. New string or NULL. */
static char *missing_program(const json_t *app, const json_t *spec)
{
	const char *interpreter = json_get_text(spec, "interpreter", "none");
	const char *script = json_get_text(spec, "script", "");

	if (strcmp(interpreter, "none") != 0 && !can_be_found(interpreter, search_path(app, spec)))
		return mem_printf("interpreter '%s' %s", interpreter,
				  strchr(interpreter, '/') ? "is not there" : "is not in its PATH");
	if (!strchr(script, '/') && !can_be_found(script, search_path(app, spec)))
		return mem_printf("program '%s' is not in its PATH", script);
	return NULL;
}

/* False: there is nothing to say about it. */
static bool add_app(json_t *list, const json_t *app)
{
	const json_t *spec = json_object_get(app, "spec");
	const char *script = json_get_text(spec, "script", "");
	_cleanup_(mem_freep) char *name = mem_printf("app %s", json_get_text(app, "name", "?"));
	_cleanup_(mem_freep) char *detail = missing_program(app, spec);
	struct doctor_finding finding = {
		.name = name,
		.needed = true,
		.without = "its next start fails",
		.advice = "install it, or restart the app from a shell that finds it: pmc restart "
			  "NAME --update-env"};

	if (!detail && strchr(script, '/') && access(script, F_OK) < 0) {
		detail = mem_printf("script %s is not there", script);
		finding.needed = false;
		finding.advice = "put it back, or pmc delete NAME";
	}
	finding.detail = detail;
	if (detail)
		doctor_add(list, &finding);
	return detail != NULL;
}

json_t *doctor_apps(const json_t *apps)
{
	json_t *list = json_array(), *app;
	_cleanup_(mem_freep) char *detail = mem_printf("%zu looked at", json_array_size(apps));
	bool good = true;
	size_t i;

	json_array_foreach(apps, i, app) good = !add_app(list, app) && good;
	if (good)
		doctor_add(list, &(struct doctor_finding){.name = "scripts and interpreters",
							  .ok = true,
							  .detail = detail});
	return list;
}
