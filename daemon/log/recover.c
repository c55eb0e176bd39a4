#include "daemon/log/recover.h"

#include <errno.h>
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
static ssize_t read_at(int fd, uint64_t offset, char *buf, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = pread(fd, buf + got, len - got, (off_t)(offset + got));

		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

ssize_t recover_written(int fd, uint64_t offset, const char *text, size_t len)
{
	_cleanup_(mem_freep) char *tail = mem_zalloc(len + FOREIGN_MAX);
	ssize_t n = read_at(fd, offset, tail, len + FOREIGN_MAX);
	size_t there, same, behind_page;

	if (n < 0)
		return n;
	there = (size_t)n;
	same = common_prefix(text, tail, there < len ? there : len);
	if (same == len || same == there)
		return (ssize_t)same;
	if (memmem(tail, there, text, len))
		return (ssize_t)len;
	behind_page = (size_t)((offset + same) % PAGE);
	return behind_page <= same ? (ssize_t)(same - behind_page) : 0;
}
