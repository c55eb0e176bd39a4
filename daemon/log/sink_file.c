#include "daemon/log/sink_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "daemon/log/sink_open.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"

#define CHECK_NS 1000000000ull
#define FOREIGN_NS 60000000000ull /* so long nothing is written by offset after a foreign write */
#define REMOVAL_NS 200000000ull
#define UNKNOWN UINT64_MAX

struct sink_file *sink_file_get(struct sink_file **list, const char *path, uid_t uid, gid_t gid)
{
	struct sink_file *file;

	for (file = *list; file; file = file->next) {
		if (strcmp(file->path, path) == 0) {
			file->users++;
			return file;
		}
	}
	file = mem_zalloc(sizeof(*file));
	*file = (struct sink_file){
		.path = mem_strdup(path),
		.uid = uid,
		.gid = gid,
		.users = 1,
		.fd = -1,
		.end = UNKNOWN,
		.next = *list,
	};
	*list = file;
	return file;
}

void sink_file_put(struct sink_file **list, struct sink_file *file)
{
	if (!file || --file->users > 0)
		return;
	for (struct sink_file **at = list; *at; at = &(*at)->next) {
		if (*at == file) {
			*at = file->next;
			break;
		}
	}
	fdio_closep(&file->fd);
	free(file->path);
	free(file);
}

/* 0 if the file system does not know it. Negative errno if it cannot be asked now. */
static int birth_time(int fd, uint64_t *ret_ns)
{
	struct statx stx;

	*ret_ns = 0;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &stx) < 0)
		return errno == ENOSYS ? 0 : -errno;
	if (stx.stx_mask & STATX_BTIME)
		*ret_ns = (uint64_t)stx.stx_btime.tv_sec * 1000000000ull + stx.stx_btime.tv_nsec;
	return 0;
}

/* Two names of one file (a link): neither may write by offset. */
static void mark_twins(struct sink_file *list, struct sink_file *file)
{
	file->twin = false;
	for (struct sink_file *other = list; other; other = other->next) {
		if (other != file && other->fd >= 0 && other->dev == file->dev &&
		    other->ino == file->ino)
			other->twin = file->twin = true;
	}
}

/* Open the path; what was open before stays so if that fails. */
static int open_path(struct sink_file *list, struct sink_file *file)
{
	uint64_t btime_ns = 0;
	struct stat st;
	int fd = sink_open(file->path, file->uid, file->gid, &st), r = 0;

	if (fd < 0)
		return fd;
	if (S_ISREG(st.st_mode))
		r = birth_time(fd, &btime_ns);
	if (r < 0) {
		close(fd);
		return r;
	}
	fdio_closep(&file->fd);
	file->fd = fd;
	file->regular = S_ISREG(st.st_mode);
	file->null_device = S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
	file->appending = false;
	file->no_splice = false;
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	file->btime_ns = btime_ns;
	file->end = UNKNOWN;
	file->end_is_line = file->regular ? -1 : 1;
	file->line_owner = NULL;
	mark_twins(list, file);
	return 0;
}

static bool path_is_other(const struct sink_file *file)
{
	struct stat st;

	if (stat(file->path, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR;
	return st.st_dev != file->dev || st.st_ino != file->ino;
}

/* Somebody else may have written or truncated since we did. */
static void notice_others(struct sink_file *file, uint64_t size, uint64_t now_ns)
{
	if (file->end != UNKNOWN && size > file->end)
		file->foreign_ns = now_ns;
	if (size != file->end)
		file->end = UNKNOWN;
}

/* Who removes a folder wants to find it empty: what was removed is made again a little later, and
 * bytes wait meanwhile. */
static bool is_being_removed(struct sink_file *file, nlink_t links, uint64_t now_ns)
{
	if (!file->regular || links > 0) {
		file->gone_ns = 0;
		return false;
	}
	if (!file->gone_ns)
		file->gone_ns = now_ns;
	return now_ns - file->gone_ns < REMOVAL_NS;
}

int sink_file_ready(struct sink_file *list, struct sink_file *file, uint64_t now_ns,
		    uint64_t *ret_size)
{
	bool due = now_ns - file->checked_ns >= CHECK_NS;
	struct stat st = {};
	int r;

	if (file->fd >= 0 && !file->regular && !due) {
		*ret_size = 0;
		return 0;
	}
	if (file->fd >= 0 && fstat(file->fd, &st) < 0)
		return -errno;
	if (file->fd >= 0 && is_being_removed(file, st.st_nlink, now_ns))
		return -EAGAIN;
	if (file->fd < 0 || (file->regular && st.st_nlink == 0) || (due && path_is_other(file))) {
		r = open_path(list, file);
		if (r < 0 && (file->fd < 0 || !file->regular || st.st_nlink == 0))
			return r;
		if (fstat(file->fd, &st) < 0)
			return -errno;
		due = true;
	}
	if (due)
		file->checked_ns = now_ns;
	if (file->regular)
		notice_others(file, (uint64_t)st.st_size, now_ns);
	*ret_size = file->regular ? (uint64_t)st.st_size : 0;
	return 0;
}

void sink_file_recheck(struct sink_file *file)
{
	file->checked_ns = 0;
	if (!file->regular)
		fdio_closep(&file->fd);
}

bool sink_file_at_line_start(struct sink_file *file, uint64_t size)
{
	char last;

	if (!file->regular || (file->end == size && file->end_is_line >= 0))
		return file->end_is_line;
	return size == 0 || pread(file->fd, &last, 1, (off_t)size - 1) != 1 || last == '\n';
}

static int set_appending(struct sink_file *file, bool on)
{
	if (!file->regular || file->appending == on)
		return 0;
	if (fcntl(file->fd, F_SETFL, on ? O_APPEND : 0) < 0)
		return -errno;
	file->appending = on;
	return 0;
}

ssize_t sink_file_splice(struct sink_file *file, int pipe_fd, size_t max, uint64_t size)
{
	loff_t offset = (loff_t)size;
	ssize_t n = set_appending(file, false);

	if (n < 0)
		return n;
	n = splice(pipe_fd, NULL, file->fd, file->regular ? &offset : NULL, max, SPLICE_F_NONBLOCK);
	if (n < 0) {
		if (errno == EINVAL)
			file->no_splice = true;
		return -errno;
	}
	if (file->regular) {
		file->end = size + (uint64_t)n;
		file->end_is_line = -1;
	}
	return n;
}

ssize_t sink_file_append(struct sink_file *file, const char *data, size_t len, uint64_t size)
{
	ssize_t n = set_appending(file, true);

	if (n < 0)
		return n;
	n = write(file->fd, data, len);
	if (n < 0)
		return -errno;
	file->end = size + (uint64_t)n;
	file->end_is_line = n > 0 ? data[n - 1] == '\n' : file->end_is_line;
	return n;
}

int sink_file_empty(struct sink_file *file)
{
	if (ftruncate(file->fd, 0) < 0)
		return -errno;
	file->end = UNKNOWN;
	file->line_owner = NULL;
	return 0;
}

bool sink_file_is_ours_alone(const struct sink_file *file, uint64_t now_ns)
{
	bool foreign = file->foreign_ns && now_ns - file->foreign_ns < FOREIGN_NS;

	return file->users == 1 && !file->twin && !file->no_splice && (!file->regular || !foreign);
}
