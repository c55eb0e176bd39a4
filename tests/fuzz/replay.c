/* Gives every file named on the command line, and every file of a named folder, to the target: the
 * ordinary test run. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_MAX (64 << 20)

static unsigned replayed;

static void fail(const char *what, const char *path)
{
	fprintf(stderr, "cannot %s %s\n", what, path);
	exit(1);
}

/* The bytes lie at the end of their allocation, so that a sanitizer sees one read too many. */
static void replay_file(int fd, size_t size, const char *path)
{
	uint8_t *data;

	if (size > INPUT_MAX)
		fail("take a file as large as", path);
	data = malloc(size ? size : 1);
	if (!data || read(fd, data, size) != (ssize_t)size)
		fail("read", path);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	replayed++;
}

static void replay(int dirfd, const char *path);

static void replay_folder(int fd, const char *path)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		fail("list", path);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			replay(fd, entry->d_name);
	}
	closedir(dir);
}

static void replay(int dirfd, const char *path)
{
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		fail("open", path);
	if (S_ISDIR(st.st_mode)) {
		replay_folder(fd, path); /* closes it */
		return;
	}
	replay_file(fd, (size_t)st.st_size, path);
	close(fd);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(AT_FDCWD, argv[i]);
	printf("%u inputs\n", replayed);
	return replayed ? 0 : 1;
}
