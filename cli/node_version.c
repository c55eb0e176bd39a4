#include "cli/node_version.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/child.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/model/app_view.h"

#define HEADER_MAX 8192 /* it has 4 KiB */
#define DELETED " (deleted)"

void node_version_done(struct node_version *last)
{
	free(last->program);
	free(last->version);
	*last = (struct node_version){};
}

/* Of the process, else what would be started now. NULL: replaced since, or not to be seen. */
static char *program_of(const struct app_view *view)
{
	_cleanup_(mem_freep) char *found = NULL, *link = NULL;
	char *path = mem_zalloc(PATH_MAX + 1);

	if (view->pid > 0) {
		link = mem_printf("/proc/%d/exe", view->pid);
		if (readlink(link, path, PATH_MAX) > 0 && !str_ends(path, DELETED))
			return path;
	} else {
		found = strchr(view->interpreter, '/') ? mem_strdup(view->interpreter)
						       : child_find(view->interpreter);
		if (found && realpath(found, path))
			return path;
	}
	free(path);
	return NULL;
}

/* The number behind "#define NODE_<name>_VERSION". -1: it is not there. */
static int number_of(const char *header, const char *name)
{
	_cleanup_(mem_freep) char *define = mem_printf("#define NODE_%s_VERSION ", name);
	const char *at = strstr(header, define);

	return at ? (int)strtol(at + strlen(define), NULL, 10) : -1;
}

static char *read_version(const char *program)
{
	_cleanup_(mem_freep) char *folder = path_dir(program);
	_cleanup_(mem_freep) char *path = mem_printf("%s/../include/node/node_version.h", folder);
	_cleanup_(str_done) struct str header = {};
	int major, minor, patch;

	if (fdio_read_file(AT_FDCWD, path, HEADER_MAX, &header, NULL) < 0)
		return NULL;
	major = number_of(str_cstr(&header), "MAJOR");
	minor = number_of(str_cstr(&header), "MINOR");
	patch = number_of(str_cstr(&header), "PATCH");
	return major < 0 || minor < 0 || patch < 0 ? NULL
						   : mem_printf("%d.%d.%d", major, minor, patch);
}

const char *node_version_of(struct node_version *last, const struct app_view *view)
{
	_cleanup_(mem_freep) char *program = NULL;

	if (!view->interpreter || !str_starts(path_base(view->interpreter), "node"))
		return NULL;
	program = program_of(view);
	if (!program || !str_equal(path_base(program), "node"))
		return NULL;
	if (!str_equal(program, last->program)) {
		node_version_done(last);
		last->version = read_version(program);
		last->program = steal_ptr(&program);
	}
	return last->version;
}
