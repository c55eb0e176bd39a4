#include "daemon/log/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/fdio.h"

#define NAME_MAX_BYTES 40
#define PUNCH_BYTES (1u << 20)

static void name_of(char name[NAME_MAX_BYTES], int slot, int which)
{
	snprintf(name, NAME_MAX_BYTES, "spool.%d.%d", slot, which);
}

int spool_open(struct spool *spool, int dir_fd, int slot, int which, bool make)
{
	char name[NAME_MAX_BYTES];
	struct stat st;
	int fd;

	name_of(name, slot, which);
	fd = openat(dir_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (make ? O_CREAT : 0), 0600);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	*spool = (struct spool){.fd = fd, .size = (uint64_t)st.st_size};
	return 0;
}

void spool_close(struct spool *spool)
{
	fdio_closep(&spool->fd);
	spool->size = spool->punched = 0;
}

void spool_remove(struct spool *spool, int dir_fd, int slot, int which)
{
	char name[NAME_MAX_BYTES];

	name_of(name, slot, which);
	unlinkat(dir_fd, name, 0);
	spool_close(spool);
}

ssize_t spool_fill(struct spool *spool, int pipe_fd, size_t max)
{
	loff_t offset = (loff_t)spool->size;
	ssize_t n = splice(pipe_fd, NULL, spool->fd, &offset, max, SPLICE_F_NONBLOCK);

	if (n < 0)
		return -errno;
	spool->size += (uint64_t)n;
	return n;
}

int spool_append(struct spool *spool, const char *text, size_t len)
{
	ssize_t n = pwrite(spool->fd, text, len, (off_t)spool->size);

	if (n == (ssize_t)len) {
		spool->size += len;
		return 0;
	}
	int r = n < 0 ? -errno : -ENOSPC;

	if (n > 0 && ftruncate(spool->fd, (off_t)spool->size) < 0)
		return -errno;
	return r;
}

ssize_t spool_read(const struct spool *spool, uint64_t offset, char *buf, size_t cap)
{
	ssize_t n = pread(spool->fd, buf, cap, (off_t)offset);

	return n < 0 ? -errno : n;
}

void spool_forget(struct spool *spool, uint64_t done)
{
	if (done - spool->punched < PUNCH_BYTES)
		return;
	(void)fallocate(spool->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			(off_t)spool->punched, (off_t)(done - spool->punched));
	spool->punched = done;
}

bool spool_ends_line(const struct spool *spool, bool otherwise)
{
	char last;

	if (spool->fd < 0 || spool->size == 0 ||
	    pread(spool->fd, &last, 1, (off_t)spool->size - 1) != 1)
		return otherwise;
	return last == '\n';
}

int spool_empty(struct spool *spool)
{
	if (ftruncate(spool->fd, 0) < 0)
		return -errno;
	spool->size = spool->punched = 0;
	return 0;
}
