#include "shared/logfile/logfile_tail.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/fdio.h"

#define BLOCK_BYTES 65536

/* All `len` bytes at `offset`: they were there when the size was read. -EIO if the file has been
 * truncated since. */
static int read_block(int fd, uint64_t offset, char *buf, size_t len)
{
	for (size_t got = 0; got < len;) {
		ssize_t n = pread(fd, buf + got, len - got, (off_t)(offset + got));

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -EIO;
		if (n > 0)
			got += (size_t)n;
	}
	return 0;
}

/* Where the last `lines` lines before `end` begin. */
static int find_begin(int fd, uint64_t end, unsigned lines, char *buf, uint64_t *ret_begin)
{
	uint64_t at = end;
	bool first = true;

	if (lines == 0) {
		*ret_begin = end;
		return 0;
	}
	while (at > 0) {
		size_t len = at < BLOCK_BYTES ? (size_t)at : BLOCK_BYTES;
		int r = read_block(fd, at - len, buf, len);

		if (r < 0)
			return r;
		at -= len;
		if (first && buf[len - 1] == '\n')
			len--; /* the end of the last line, not the begin of another */
		first = false;
		for (char *newline; (newline = memrchr(buf, '\n', len));
		     len = (size_t)(newline - buf)) {
			if (--lines > 0)
				continue;
			*ret_begin = at + (uint64_t)(newline + 1 - buf);
			return 0;
		}
	}
	*ret_begin = 0;
	return 0;
}

static int deliver(int fd, uint64_t begin, uint64_t end, char *buf,
		   struct logfile_line_splitter *splitter)
{
	while (begin < end) {
		size_t len = end - begin < BLOCK_BYTES ? (size_t)(end - begin) : BLOCK_BYTES;
		int r = read_block(fd, begin, buf, len);

		if (r < 0)
			return r;
		logfile_line_feed(splitter, buf, len);
		begin += len;
	}
	return 0;
}

/* Does the file have the begin of a line at its end? */
static int ends_in_line(int fd, uint64_t size, bool *ret_in_line)
{
	char last = '\n';
	int r = size > 0 ? read_block(fd, size - 1, &last, 1) : 0;

	*ret_in_line = last != '\n';
	return r;
}

int logfile_tail(const char *path, unsigned lines, logfile_line_fn fn, void *owner, void *tag,
		 struct logfile_position *ret_position, struct pmc_error *err)
{
	_cleanup_(fdio_closep) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	_cleanup_(mem_freep) char *buf = mem_resize(NULL, BLOCK_BYTES, 1);
	_cleanup_(logfile_line_splitter_done) struct logfile_line_splitter splitter = {
		.fn = fn,
		.owner = owner,
		.tag = tag,
	};
	uint64_t begin, size;
	bool in_line;
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return pmc_error_errno(err, -errno, "cannot read log file %s", path);
	if (!S_ISREG(st.st_mode))
		return pmc_error_set(err, -EINVAL,
				     "%s is not a regular file: it cannot be read back", path);
	size = (uint64_t)st.st_size;
	r = find_begin(fd, size, lines, buf, &begin);
	if (r == 0)
		r = deliver(fd, begin, size, buf, &splitter);
	if (r == 0)
		r = ends_in_line(fd, size, &in_line);
	if (r < 0)
		return pmc_error_errno(err, r, "cannot read log file %s", path);
	logfile_line_flush(&splitter, true);
	if (ret_position)
		*ret_position = (struct logfile_position){
			.dev = st.st_dev,
			.ino = st.st_ino,
			.offset = size,
			.in_line = in_line && lines > 0,
		};
	return 0;
}
