#include "daemon/log/recover.h"

#include <string.h>
#include <unistd.h>

#include "shared/base/mem.h"

#define PAGE 4096u	   /* the kernel gives up a killed write between two of them */
#define FOREIGN_MAX 65536u /* so much of others' text is searched for ours */

static size_t common_prefix(const char *a, const char *b, size_t len)
{
	size_t n = 0;

	while (n < len && a[n] == b[n])
		n++;
	return n;
}

/* Read as much as there is of `len` bytes. */
static size_t read_at(int fd, uint64_t offset, char *buf, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = pread(fd, buf + got, len - got, (off_t)(offset + got));

		if (n <= 0)
			break;
		got += (size_t)n;
	}
	return got;
}

size_t recover_written(int fd, uint64_t offset, const char *text, size_t len)
{
	_cleanup_(mem_freep) char *tail = mem_zalloc(len + FOREIGN_MAX);
	size_t there = read_at(fd, offset, tail, len + FOREIGN_MAX);
	size_t same = common_prefix(text, tail, there < len ? there : len);
	size_t behind_page;

	if (same == len || same == there)
		return same;
	if (memmem(tail, there, text, len))
		return len;
	behind_page = (size_t)((offset + same) % PAGE);
	return behind_page <= same ? same - behind_page : 0;
}
