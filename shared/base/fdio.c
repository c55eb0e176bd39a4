#include "shared/base/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/error.h"
#include "shared/base/str.h"

#define READ_CHUNK_BYTES 65536

int fdio_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static ssize_t read_some(int fd, void *buf, size_t cap)
{
	for (;;) {
		ssize_t n = read(fd, buf, cap);

		if (n >= 0)
			return n;
		if (errno != EINTR)
			return -errno;
	}
}

/* One byte more than the limit is asked for, so that a file that grows meanwhile is noticed. */
static int read_limited(int fd, size_t max_bytes, struct str *out)
{
	size_t taken = 0;

	for (;;) {
		size_t want = max_bytes - taken < READ_CHUNK_BYTES ? max_bytes - taken + 1
								   : READ_CHUNK_BYTES;
		ssize_t n = read_some(fd, str_reserve(out, want), want);

		if (n < 0)
			return (int)n;
		taken += (size_t)n;
		if (taken > max_bytes)
			return -EFBIG;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		if (n == 0)
			return 0;
	}
}

static int check_regular(int fd, size_t max_bytes)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return st.st_size > 0 && (size_t)st.st_size > max_bytes ? -EFBIG : 0;
}

static int read_error(struct pmc_error *err, int code, const char *path, size_t max_bytes)
{
	if (code == -EFBIG)
		return pmc_error_set(err, code, "%s is larger than %zu bytes", path, max_bytes);
	if (code == -EINVAL)
		return pmc_error_set(err, code, "%s is not a regular file", path);
	return pmc_error_errno(err, code, "cannot read %s", path);
}

int fdio_read_file(int dirfd, const char *path, size_t max_bytes, struct str *out,
		   struct pmc_error *err)
{
	_cleanup_(fdio_closep) int fd = -1;
	size_t before = out->len;
	int r;

	fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return read_error(err, errno == ENXIO ? -EINVAL : -errno, path,
				  max_bytes); /* ENXIO: a socket */
	r = check_regular(fd, max_bytes);
	if (r == 0)
		r = read_limited(fd, max_bytes, out);
	if (r == 0)
		return 0;
	out->len = before;
	return read_error(err, r, path, max_bytes);
}

int fdio_read_stream(int fd, size_t max_bytes, struct str *out)
{
	return read_limited(fd, max_bytes, out);
}

ssize_t fdio_read_small(int dirfd, const char *path, char *buf, size_t cap)
{
	_cleanup_(fdio_closep) int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;

	buf[0] = '\0';
	if (fd < 0)
		return -errno;
	while (len + 1 < cap) {
		ssize_t n = read_some(fd, buf + len, cap - 1 - len);

		if (n < 0)
			return n;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	buf[len] = '\0';
	return (ssize_t)len;
}

static int write_new_file(int fd, const void *data, size_t len)
{
	int r = fdio_write_all(fd, data, len);

	if (r == 0 && fsync(fd) < 0) /* or a power cut leaves an empty file under the good name */
		r = -errno;
	return r;
}

int fdio_replace_file(int dirfd, const char *path, const void *data, size_t len)
{
	_cleanup_(fdio_closep) int fd = -1;
	char temporary[PATH_MAX];
	int r;

	if (snprintf(temporary, sizeof(temporary), "%s.%d.tmp", path, getpid()) >= PATH_MAX)
		return -ENAMETOOLONG;
	if (unlinkat(dirfd, temporary, 0) < 0 && errno != ENOENT) /* of a process that died here */
		return -errno;
	fd = openat(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = write_new_file(fd, data, len);
	if (r == 0 && renameat(dirfd, temporary, dirfd, path) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(dirfd, temporary, 0);
	return r;
}

int fdio_set_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || (!(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0))
		return -errno;
	return 0;
}

void fdio_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
