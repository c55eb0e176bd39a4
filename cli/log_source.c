#include "cli/log_source.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/fdio.h"
#include "shared/base/mem.h"

#define CHUNK 65536

void log_source_init(struct log_source *source, const char *path, const char *label,
		     enum log_stream stream)
{
	*source = (struct log_source){
		.path = mem_strdup(path),
		.label = mem_strdup(label),
		.stream = stream,
		.fd = -1,
		.watch = -1,
	};
}

void log_source_done(struct log_source *source)
{
	fdio_closep(&source->fd);
	str_done(&source->partial);
	free(source->path);
	free(source->label);
	*source = (struct log_source){.fd = -1, .watch = -1};
}

bool log_source_open(struct log_source *source)
{
	struct stat st;

	fdio_closep(&source->fd);
	/* O_NONBLOCK: a FIFO must not hold us before we know that it is one */
	source->fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (source->fd < 0)
		return false;
	if (fstat(source->fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		fdio_closep(&source->fd);
		return false;
	}
	source->dev = st.st_dev;
	source->ino = st.st_ino;
	source->at = 0;
	return true;
}

/* Offset behind the `lines`th newline from the end within the block that starts at `from`; -1: not
 * in this block. */
static off_t search_block(const char *block, ssize_t len, off_t from, int64_t *lines)
{
	for (ssize_t i = len - 1; i >= 0; i--) {
		if (block[i] == '\n' && (*lines)-- == 0)
			return from + i + 1;
	}
	return -1;
}

void log_source_seek_last(struct log_source *source, int64_t lines)
{
	_cleanup_(mem_freep) char *block = mem_zalloc(CHUNK);
	off_t end = lseek(source->fd, 0, SEEK_END), from = end;
	char last = '\n';

	source->at = end;
	if (lines <= 0 || end <= 0)
		return;
	if (pread(source->fd, &last, 1, end - 1) == 1 && last != '\n')
		lines--; /* the line under way counts */
	while (from > 0) {
		size_t want = from > CHUNK ? CHUNK : (size_t)from;
		ssize_t n = pread(source->fd, block, want, from - (off_t)want);

		if (n <= 0)
			return;
		from -= (off_t)want;
		source->at = search_block(block, n, from, &lines);
		if (source->at >= 0)
			return;
	}
	source->at = 0;
}

static int hand_out(struct log_source *source, log_source_line_fn *line, void *user)
{
	const char *start = source->partial.data, *newline;
	size_t left = source->partial.len;
	int r = 0;

	while (r == 0 && left > 0) {
		newline = memchr(start, '\n', left);
		if (newline) {
			r = line(user, source, start, (size_t)(newline - start));
			left -= (size_t)(newline + 1 - start);
			start = newline + 1;
		} else if (left >= LOG_SOURCE_LINE_MAX) {
			r = line(user, source, start, left);
			left = 0;
		} else {
			break;
		}
	}
	str_consume(&source->partial, source->partial.len - left);
	return r;
}

static int read_open_file(struct log_source *source, log_source_line_fn *line, void *user)
{
	ssize_t n;
	int r = 0;

	if (lseek(source->fd, 0, SEEK_END) < source->at)
		source->at = 0; /* truncated */
	while (r == 0) {
		n = pread(source->fd, str_reserve(&source->partial, CHUNK), CHUNK - 1, source->at);
		if (n <= 0)
			break;
		source->partial.len += (size_t)n;
		source->at += n;
		r = hand_out(source, line, user);
	}
	return r;
}

int log_source_read(struct log_source *source, log_source_line_fn *line, void *user)
{
	struct stat st;
	int r = source->fd >= 0 ? read_open_file(source, line, user) : 0;

	if (r != 0 || stat(source->path, &st) < 0)
		return r;
	if (source->fd >= 0 && st.st_dev == source->dev && st.st_ino == source->ino)
		return 0;
	source->watch = -1;
	return log_source_open(source) ? read_open_file(source, line, user) : 0;
}

int log_source_flush(struct log_source *source, log_source_line_fn *line, void *user)
{
	int r = 0;

	if (source->partial.len > 0)
		r = line(user, source, source->partial.data, source->partial.len);
	str_clear(&source->partial);
	return r;
}
