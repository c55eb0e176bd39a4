#include "daemon/log/sink_open.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/path.h"

static int make_folders(const char *dir, uid_t uid, gid_t gid)
{
	_cleanup_(mem_freep) char *path = mem_strdup(dir);

	for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		if (mkdir(path, 0700) == 0) {
			if (uid != (uid_t)-1 || gid != (gid_t)-1)
				(void)!fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
		} else if (errno != EEXIST) {
			return -errno;
		}
		if (!slash)
			return 0;
		*slash = '/';
	}
}

static int open_folder(const char *path, uid_t uid, gid_t gid)
{
	_cleanup_(mem_freep) char *dir = path_dir(path);
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd >= 0 || errno != ENOENT)
		return fd < 0 ? -errno : fd;
	r = make_folders(dir, uid, gid);
	if (r < 0)
		return r;
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Could somebody else have put a link there for us to follow? */
static bool may_follow(int dir_fd)
{
	struct stat st;

	if (geteuid() != 0)
		return true;
	return fstat(dir_fd, &st) == 0 && st.st_uid == 0 && !(st.st_mode & 022);
}

static int make_file(int dir_fd, const char *name, int nofollow, uid_t uid, gid_t gid)
{
	int exclusive = nofollow ? O_EXCL : 0;
	int fd = openat(dir_fd, name,
			O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | nofollow | exclusive, 0600);

	if (fd < 0)
		return -errno;
	if ((uid != (uid_t)-1 || gid != (gid_t)-1) && fchown(fd, uid, gid) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	return fd;
}

static int connect_socket(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM};
	int r = -EPROTOTYPE;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	for (size_t i = 0; i < ARRAY_SIZE(types) && r == -EPROTOTYPE; i++) {
		int fd = socket(AF_UNIX, types[i] | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		if (fd < 0)
			return -errno;
		if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0)
			return fd;
		r = -errno;
		close(fd);
	}
	return r;
}

static int open_existing(int dir_fd, const char *name, const char *path, int nofollow,
			 const struct stat *st)
{
	int fd;

	if (S_ISLNK(st->st_mode))
		return -ELOOP;
	if (S_ISSOCK(st->st_mode))
		return connect_socket(path);
	fd = openat(dir_fd, name,
		    (S_ISREG(st->st_mode) ? O_RDWR : O_WRONLY | O_NONBLOCK) | O_CLOEXEC | O_NOCTTY |
			    nofollow);
	return fd < 0 ? -errno : fd;
}

int sink_open(const char *path, uid_t uid, gid_t gid, struct stat *ret_stat)
{
	_cleanup_(fdio_closep) int dir_fd = open_folder(path, uid, gid);
	_cleanup_(fdio_closep) int fd = -1;
	const char *name = path_base(path);
	struct stat st, opened;
	int nofollow;

	if (dir_fd < 0)
		return dir_fd;
	nofollow = may_follow(dir_fd) ? 0 : O_NOFOLLOW;
	if (fstatat(dir_fd, name, &st, nofollow ? AT_SYMLINK_NOFOLLOW : 0) == 0)
		fd = open_existing(dir_fd, name, path, nofollow, &st);
	else if (errno == ENOENT)
		fd = make_file(dir_fd, name, nofollow, uid, gid);
	else
		fd = -errno;
	if (fd < 0)
		return fd;
	if (fstat(fd, &opened) < 0)
		return -errno;
	if (S_ISDIR(opened.st_mode))
		return -EISDIR;
	*ret_stat = opened;
	int result = fd;

	fd = -1;
	return result;
}
