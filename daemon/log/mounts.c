#include "daemon/log/mounts.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

struct mounts_entry {
	char *point;
	unsigned long id;
};

static void forget(struct mounts *mounts)
{
	for (size_t i = 0; i < mounts->count; i++)
		free(mounts->entries[i].point);
	free(mounts->entries);
	mounts->entries = NULL;
	mounts->count = 0;
}

/* "\040" and its kind back to bytes, in place. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from;) {
		unsigned code;

		if (*from == '\\' && sscanf(from, "\\%3o", &code) == 1) {
			*to++ = (char)code;
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

/* "36 35 98:0 /root /point options …": source: proc(5). */
static void add_line(struct mounts *mounts, char *line)
{
	unsigned major_number, minor_number;
	int point_at = 0, point_end = 0;

	if (sscanf(line, "%*u %*u %u:%u %*s %n%*s%n", &major_number, &minor_number, &point_at,
		   &point_end) < 2)
		return;
	if (point_end == 0)
		return;
	line[point_end] = '\0';
	unescape(line + point_at);
	mounts->entries = mem_resize(mounts->entries, mounts->count + 1, sizeof(*mounts->entries));
	mounts->entries[mounts->count++] = (struct mounts_entry){
		.point = mem_strdup(line + point_at),
		.id = (unsigned long)makedev(major_number, minor_number) + 1,
	};
}

static void read_table(struct mounts *mounts)
{
	_cleanup_(str_done) struct str text = {};
	ssize_t n;
	char *line, *rest;

	forget(mounts);
	lseek(mounts->fd, 0, SEEK_SET);
	do {
		n = read(mounts->fd, str_reserve(&text, 4096), 4096);
		if (n > 0)
			text.len += (size_t)n;
	} while (n > 0 && text.len < (1u << 20));
	str_append_char(&text, '\n');
	for (line = strtok_r(text.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		add_line(mounts, line);
}

void mounts_init(struct mounts *mounts)
{
	*mounts = (struct mounts){.fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)};
	if (mounts->fd >= 0)
		read_table(mounts);
}

void mounts_done(struct mounts *mounts)
{
	forget(mounts);
	fdio_closep(&mounts->fd);
}

static bool is_below(const char *path, const char *point, size_t len)
{
	return strncmp(path, point, len) == 0 &&
	       (len == 1 || path[len] == '/' || path[len] == '\0');
}

unsigned long mounts_find(struct mounts *mounts, const char *path)
{
	struct pollfd changed = {.fd = mounts->fd, .events = POLLPRI};
	unsigned long id = 0;
	size_t best = 0;

	if (mounts->fd >= 0 && poll(&changed, 1, 0) > 0)
		read_table(mounts);
	for (size_t i = 0; i < mounts->count; i++) {
		size_t len = strlen(mounts->entries[i].point);

		if (len >= best && is_below(path, mounts->entries[i].point, len)) {
			best = len; /* of two at one point the later one covers the other */
			id = mounts->entries[i].id;
		}
	}
	return id;
}
