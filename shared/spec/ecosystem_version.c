#include "shared/spec/ecosystem_version.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>

#include "shared/base/fdio.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

static char *version_of(const struct str *text)
{
	json_t *json = json_loadb(str_cstr(text), text->len, 0, NULL);
	const char *version = json_string_value(json_object_get(json, "version"));
	size_t max = (size_t)app_spec_table.rows[SPEC_version].max;
	_cleanup_(str_done) struct str shown = {};
	char *result = NULL;

	if (version && *version && strlen(version) <= max) {
		utf8_escape(&shown, version, strlen(version), false);
		result = shown.len <= max ? str_steal(&shown) : NULL;
	}
	json_decref(json);
	return result;
}

char *ecosystem_version_find(const struct app_spec *spec)
{
	_cleanup_(mem_freep) char *dir =
		*spec->script == '/' ? path_dir(spec->script) : mem_strdup(spec->cwd);

	for (;;) {
		_cleanup_(mem_freep) char *path = path_join(dir, "package.json");
		_cleanup_(str_done) struct str text = {};
		char *above;
		int r = fdio_read_file(AT_FDCWD, path, ECOSYSTEM_VERSION_FILE_MAX, &text, NULL);

		if (r >= 0)
			return version_of(&text);
		if (*dir != '/' || dir[1] == '\0')
			return NULL;
		above = path_dir(dir);
		free(dir);
		dir = above;
	}
}
