#include "shared/spec/ecosystem_include.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/diagnostics.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/option/node.h"
#include "shared/spec/ecosystem_apps.h"

/* "a.yml > b.yml > a.yml": from the file `from` down to `file`, and back to it. */
static char *chain_of(const struct ecosystem_apps_file *file,
		      const struct ecosystem_apps_file *from)
{
	struct str chain = {};

	str_append(&chain, from->shown);
	for (; file != from; file = file->includer) {
		_cleanup_(str_done) struct str longer = {};
		size_t head = strlen(from->shown);

		str_appendf(&longer, "%s > %s%s", from->shown, file->shown, chain.data + head);
		str_clear(&chain);
		str_append(&chain, longer.data);
	}
	str_appendf(&chain, " > %s", from->shown);
	return str_steal(&chain);
}

/* The file among those that are just being read; NULL: none. */
static const struct ecosystem_apps_file *in_circle(const struct ecosystem_apps_file *file,
						   const char *real)
{
	while (file && strcmp(file->real, real) != 0)
		file = file->includer;
	return file;
}

static int depth_of(const struct ecosystem_apps_file *file)
{
	int depth = 0;

	for (; file->includer; file = file->includer)
		depth++;
	return depth;
}

static void include_file(struct ecosystem_apps *apps, const struct ecosystem_apps_file *file,
			 const struct node *at, const char *shown)
{
	_cleanup_(mem_freep) char *real = realpath(shown, NULL);
	const struct ecosystem_apps_file *from = real ? in_circle(file, real) : NULL;
	_cleanup_(mem_freep) char *chain = from ? chain_of(file, from) : NULL;

	if (!real)
		real = path_absolute(shown);
	if (from)
		ecosystem_apps_complain(file, at, NULL, "include goes in a circle: %s", chain);
	else if (!real || strlist_has(&apps->real_files, real))
		return;
	else if (depth_of(file) >= ECOSYSTEM_INCLUDE_DEPTH_MAX)
		ecosystem_apps_complain(file, at, NULL, "more than %d files deep",
					ECOSYSTEM_INCLUDE_DEPTH_MAX);
	else if (apps->real_files.count >= ECOSYSTEM_INCLUDE_FILES_MAX)
		ecosystem_apps_complain(file, at, NULL, "more than %d files",
					ECOSYSTEM_INCLUDE_FILES_MAX);
	else
		ecosystem_apps_read_included(apps, file, shown, real);
}

/* The folder's own name is no pattern. */
static char *make_pattern(const char *dir, const char *name)
{
	struct str pattern = {};

	if (*name == '/')
		return mem_strdup(name);
	for (; *dir; dir++) {
		if (strchr("*?[]\\", *dir))
			str_append_char(&pattern, '\\');
		str_append_char(&pattern, *dir);
	}
	str_appendf(&pattern, "/%s", name);
	return str_steal(&pattern);
}

static void include_pattern(struct ecosystem_apps *apps, const struct ecosystem_apps_file *file,
			    const struct node *at)
{
	_cleanup_(mem_freep) char *expanded = path_expand_home(at->text);
	_cleanup_(mem_freep) char *dir = path_dir(file->shown);
	_cleanup_(mem_freep) char *pattern = make_pattern(dir, expanded);
	_cleanup_(globfree) glob_t found = {};
	int r = glob(pattern, 0, NULL, &found);

	if (r == GLOB_NOMATCH && !strpbrk(expanded, "*?["))
		ecosystem_apps_complain(file, at, "paths are relative to the folder of this file",
					"there is no file '%.200s'", at->text);
	else if (r == GLOB_NOMATCH)
		diagnostics_add(apps->diags, DIAGNOSTIC_WARNING, file->shown, at->line, at->column,
				NULL, "no file matches '%.200s'", at->text);
	else if (r != 0)
		ecosystem_apps_complain(file, at, NULL, "'%.200s' cannot be looked for", at->text);
	for (size_t i = 0; r == 0 && i < found.gl_pathc; i++) {
		_cleanup_(mem_freep) char *shown = path_join(".", found.gl_pathv[i]);

		include_file(apps, file, at, shown);
	}
}

void ecosystem_include_read(struct ecosystem_apps *apps, const struct ecosystem_apps_file *file,
			    const struct node *node)
{
	bool is_list = node->kind == NODE_LIST;

	for (size_t i = 0; i < (is_list ? node->count : 1); i++) {
		const struct node *item = is_list ? node->items[i] : node;

		if (item->kind == NODE_STRING && *item->text)
			include_pattern(apps, file, item);
		else
			ecosystem_apps_complain(file, item, NULL,
						"'include' must be a file name, or a list of them");
	}
}
