#include "cli/saved_list.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cli/out/json.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/base/strlist.h"
#include "shared/config/home.h"

#define FILE_MAX (64 << 20)

static int parse(const char *path, const struct str *text, json_t **ret_list, struct pmc_error *err)
{
	json_error_t where;
	json_t *list = text->len ? json_loadb(text->data, text->len, 0, &where) : json_array();

	if (json_is_array(list)) {
		*ret_list = list;
		return 0;
	}
	json_decref(list);
	pmc_error_set(err, -EINVAL, "%s is damaged, nothing was added", path);
	return pmc_error_hint(err, "`pmc save` writes it anew, or move it away");
}

static bool has(json_t *list, const char *name)
{
	json_t *app;
	size_t i;

	json_array_foreach(list, i, app)
	{
		if (strcmp(json_get_text(app, "name", ""), name) == 0)
			return true;
	}
	return false;
}

static int add_missing(json_t *list, json_t *apps, struct strlist *ret_there)
{
	int added = 0;
	json_t *app;
	size_t i;

	json_array_foreach(apps, i, app)
	{
		const char *name = json_get_text(app, "name", "");

		if (has(list, name)) {
			strlist_add(ret_there, name);
		} else {
			json_array_append(list, app);
			added++;
		}
	}
	return added;
}

static int replace(const char *path, const struct str *before, const json_t *list,
		   struct pmc_error *err)
{
	_cleanup_(mem_freep) char *backup = mem_printf("%s.bak", path);
	_cleanup_(mem_freep) char *json = json_dumps(list, JSON_INDENT(2));
	_cleanup_(mem_freep) char *text = mem_printf("%s\n", json);
	int r = 0;

	if (before->len)
		r = fdio_replace_file(AT_FDCWD, backup, before->data, before->len);
	if (r == 0)
		r = fdio_replace_file(AT_FDCWD, path, text, strlen(text));
	return r < 0 ? pmc_error_errno(err, r, "cannot write %s", path) : 0;
}

int saved_list_add(struct home *home, json_t *apps, struct strlist *ret_there,
		   struct pmc_error *err)
{
	_cleanup_(mem_freep) char *path = home_file(home, "dump.pmc");
	_cleanup_(str_done) struct str before = {};
	json_t *list = NULL;
	int added, r = home_make(home, err);

	if (r < 0)
		return r;
	r = fdio_read_file(AT_FDCWD, path, FILE_MAX, &before, err);
	if (r < 0 && r != -ENOENT)
		return r;
	r = parse(path, &before, &list, err);
	if (r < 0)
		return r;
	added = add_missing(list, apps, ret_there);
	if (added > 0)
		r = replace(path, &before, list, err);
	json_decref(list);
	return r < 0 ? r : added;
}
