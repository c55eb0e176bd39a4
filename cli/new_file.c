#include "cli/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/error.h"
#include "shared/base/fdio.h"
#include "shared/base/str.h"

static int replace(const char *path, const struct str *text, mode_t mode)
{
	int r = fdio_replace_file(AT_FDCWD, path, text->data, text->len);

	return r == 0 && chmod(path, mode) < 0 ? -errno : r;
}

static int create(const char *path, const struct str *text, mode_t mode)
{
	_cleanup_(fdio_closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	int r = fd < 0 ? -errno : fdio_write_all(fd, text->data, text->len);

	if (fd >= 0 && r < 0)
		unlink(path);
	return r;
}

int new_file_write(const char *path, const struct str *text, mode_t mode, bool force,
		   struct pmc_error *err)
{
	int r = force ? replace(path, text, mode) : create(path, text, mode);

	if (r == -EEXIST) {
		pmc_error_set(err, r, "%s is here already, nothing was written", path);
		return pmc_error_hint(err, "--force writes over it");
	}
	return r < 0 ? pmc_error_errno(err, r, "cannot write %s", path) : 0;
}
