/* fdio: reading and writing whole things through descriptors. Everything opened here is O_CLOEXEC.
 * Blocks. */
#pragma once
#include <stddef.h>
#include <sys/types.h>

#include "shared/base/mem.h"

struct pmc_error;
struct str;

/* Write all of it; goes on after EINTR and short writes. 0 or negative errno. */
int fdio_write_all(int fd, const void *data, size_t len);

/* Read a whole regular file of at most `max_bytes` into `out`. `path` relative to `dirfd` (AT_FDCWD
 * allowed). Errors: -EFBIG over the limit, -EISDIR for a directory, -EINVAL for something that is
 * not a regular file (never hangs on a FIFO), else errno of open or read. */
int fdio_read_file(int dirfd, const char *path, size_t max_bytes, struct str *out,
		   struct pmc_error *err);

/* Read a pipe, a terminal or a file to its end, at most `max_bytes`. 0, -EFBIG over the limit, else
 * errno of read. Waits for whoever writes. */
int fdio_read_stream(int fd, size_t max_bytes, struct str *out);

/* The same as fdio_read_file() for small files of /proc and /sys that say size 0. NUL-terminates
 * `buf`; returns bytes read or negative errno; what does not fit is left out. */
ssize_t fdio_read_small(int dirfd, const char *path, char *buf, size_t cap);

/* Replace `path` by `len` bytes: temporary file beside it, mode 0600, rename. 0 or negative errno.
 */
int fdio_replace_file(int dirfd, const char *path, const void *data, size_t len);

/* Set O_NONBLOCK, for all who share the open file. 0 or negative errno. */
int fdio_set_nonblock(int fd);

/* Close and set to -1; for _cleanup_(fdio_closep) int fd = -1. Accepts -1. */
void fdio_closep(int *fd);
