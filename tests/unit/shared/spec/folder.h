/* A folder of our own with files in it, for tests that look at the disk. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/mem.h"

static inline int folder_forget(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	return remove(path);
}

/* Set-up and tear-down: *state is the path. */
static inline int folder_make(void **state)
{
	char *path = mem_strdup("/tmp/pmc-spec-XXXXXX");

	assert_non_null(mkdtemp(path));
	*state = path;
	return 0;
}

static inline int folder_remove(void **state)
{
	nftw(*state, folder_forget, 8, FTW_DEPTH | FTW_PHYS);
	free(*state);
	return 0;
}

/* Make `name` in the folder (its own folders too) and return its path, new. */
static inline char *folder_add(const char *folder, const char *name, const void *data, size_t len,
			       mode_t mode)
{
	char *path = mem_printf("%s/%s", folder, name);
	int fd;

	for (char *slash = strchr(path + strlen(folder) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	return path;
}

/* The same when nobody asks for the path. */
static inline void folder_put(const char *folder, const char *name, const void *data, size_t len,
			      mode_t mode)
{
	free(folder_add(folder, name, data, len, mode));
}
