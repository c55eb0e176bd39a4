#include "lines.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/fdio.h"

void lines_setup(struct lines *lines)
{
	*lines = (struct lines){.dir = "/tmp/pmc-logfile-XXXXXX"};
	if (!mkdtemp(lines->dir))
		abort();
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void lines_teardown(struct lines *lines)
{
	nftw(lines->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	str_done(&lines->seen);
}

const char *lines_path(const struct lines *lines, const char *name)
{
	static char paths[4][256];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", lines->dir, name);
	return path;
}

void lines_write(const struct lines *lines, const char *name, const char *text)
{
	_cleanup_(fdio_closep) int fd =
		open(lines_path(lines, name), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || fdio_write_all(fd, text, strlen(text)) < 0)
		abort();
}

void lines_collect(void *owner, void *tag, const struct logfile_line *line)
{
	struct lines *lines = owner;

	lines->count++;
	str_appendf(&lines->seen, "%s%s:", line->continued ? "+" : "", (const char *)tag);
	str_append_bytes(&lines->seen, line->text, line->len);
	str_append(&lines->seen, line->open ? "~\n" : "\n");
}
