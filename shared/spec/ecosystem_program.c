#include "shared/spec/ecosystem_program.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/fdio.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/base/strlist.h"

#define USUAL_PATH "/usr/local/bin:/usr/bin:/bin"
#define HEAD_BYTES 512

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

bool ecosystem_program_in_path(const char *name, const char *path)
{
	_cleanup_(strlist_done) struct strlist dirs = {};

	if (!*name || strchr(name, '/'))
		return false;
	strlist_split(&dirs, path ? path : USUAL_PATH, ":");
	for (size_t i = 0; i < dirs.count; i++) {
		_cleanup_(mem_freep) char *full = path_join(dirs.items[i], name);

		if (is_program(full))
			return true;
	}
	return false;
}

static const char *first_there(const char *a, const char *b, const char *path)
{
	return ecosystem_program_in_path(a, path) || !ecosystem_program_in_path(b, path) ? a : b;
}

const char *ecosystem_program_shell(const char *path)
{
	return first_there("bash", "sh", path);
}

static const char *by_extension(const char *extension, const char *path)
{
	static const struct {
		const char *extension, *interpreter, *instead;
	} rows[] = {
		{".sh", "bash", "sh"},	 {".py", "python3", "python"}, {".rb", "ruby", NULL},
		{".php", "php", NULL},	 {".pl", "perl", NULL},	       {".js", "node", NULL},
		{".cjs", "node", NULL},	 {".mjs", "node", NULL},       {".coffee", "coffee", NULL},
		{".ls", "lsc", NULL},	 {".ts", "bun", "node"},       {".tsx", "bun", "node"},
		{".cts", "bun", "node"}, {".mts", "bun", "node"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strcmp(rows[i].extension, extension) != 0)
			continue;
		return rows[i].instead ? first_there(rows[i].interpreter, rows[i].instead, path)
				       : rows[i].interpreter;
	}
	return NULL;
}

/* Can the kernel run it as it is? ELF, or #! and permission; other binary content as well
 * (binfmt_misc). Only regular files are opened: opening a device may do something. */
static bool runs_itself(const char *script)
{
	_cleanup_(fdio_closep) int fd = -1;
	char head[HEAD_BYTES];
	struct stat st;
	ssize_t n;

	if (stat(script, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	fd = open(script, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	n = fd < 0 ? -1 : read(fd, head, sizeof(head));
	if (n < 0)
		return access(script, X_OK) == 0; /* may be run, not read */
	if (n >= 4 && memcmp(head, "\177ELF", 4) == 0)
		return true;
	if (n >= 2 && memcmp(head, "#!", 2) == 0)
		return access(script, X_OK) == 0;
	return memchr(head, '\0', (size_t)n) != NULL;
}

const char *ecosystem_program_interpreter(const char *script, const char *path)
{
	const char *known = by_extension(path_extension(script), path);

	if (known)
		return known;
	if (access(script, F_OK) < 0)
		return "none"; /* its start will say so */
	return runs_itself(script) ? "none" : "node";
}
