#include "daemon/control/server_bind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/path.h"

#define NAME "pmc.sock"
#define TRIAL "pmc.try"
/* As many as the kernel allows by default: a crowd is told so by us, not turned away unheard. */
#define BACKLOG 4096

/* 1: an old socket, 0: nothing; all else is somebody's and not to be touched. */
static int look_in_the_way(int dir, const char *path, struct pmc_error *err)
{
	struct stat st;

	if (fstatat(dir, NAME, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0
				       : pmc_error_errno(err, -errno, "cannot look at %s", path);
	if (!S_ISSOCK(st.st_mode)) {
		pmc_error_set(err, -EEXIST, "%s is there and is not a socket: it is left alone",
			      path);
		pmc_error_hint(err, "move it away: mv %s %s.old", path, path);
		return -EEXIST;
	}
	return 1;
}

static int remove_left_over(int dir, const char *path, struct pmc_error *err)
{
	int r = look_in_the_way(dir, path, err);

	if (r <= 0)
		return r;
	if (unlinkat(dir, NAME, 0) < 0 && errno != ENOENT)
		return pmc_error_errno(err, -errno, "cannot remove the old socket %s", path);
	return 0;
}

/* By its own path where that fits, else through the open directory. */
static int bind_there(int fd, int dir, const char *path, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) < sizeof(address.sun_path))
		memcpy(address.sun_path, path, strlen(path));
	else
		snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", dir,
			 name);
	return bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

static int open_run(const char *run, struct pmc_error *err)
{
	int dir = open(run, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return dir < 0 ? pmc_error_errno(err, -errno, "cannot open %s", run) : dir;
}

static int new_socket(struct pmc_error *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? pmc_error_errno(err, -errno, "cannot make a socket") : fd;
}

static int cannot_bind(const char *path, int code, struct pmc_error *err)
{
	pmc_error_errno(err, code, "cannot bind %s", path);
	if (code == -EPERM || code == -EOPNOTSUPP)
		pmc_error_hint(err,
			       "this file system has no sockets: put PMC_HOME on a local disk");
	return code;
}

int server_bind_try(const char *home, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *run = path_join(home, "run"), *path = path_join(run, TRIAL);
	_cleanup_(mem_freep) char *name = path_join(run, NAME);
	_cleanup_(fdio_closep) int dir = open_run(run, err), fd = -1;
	int r;

	if (dir < 0)
		return dir;
	r = look_in_the_way(dir, name, err);
	if (r < 0)
		return r;
	fd = new_socket(err);
	if (fd < 0)
		return fd;
	unlinkat(dir, TRIAL, 0);
	r = bind_there(fd, dir, path, TRIAL);
	if (r < 0)
		return cannot_bind(path, r, err);
	unlinkat(dir, TRIAL, 0);
	return 0;
}

int server_bind(const char *home, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *run = path_join(home, "run"), *path = path_join(run, NAME);
	_cleanup_(fdio_closep) int dir = open_run(run, err), fd = -1;
	int r;

	if (dir < 0)
		return dir;
	r = remove_left_over(dir, path, err);
	if (r < 0)
		return r;
	fd = new_socket(err);
	if (fd < 0)
		return fd;
	r = bind_there(fd, dir, path, NAME);
	if (r < 0)
		return cannot_bind(path, r, err);
	if (fchmodat(dir, NAME, 0600, 0) < 0 || listen(fd, BACKLOG) < 0)
		return pmc_error_errno(err, -errno, "cannot listen at %s", path);
	r = fd;
	fd = -1;
	return r;
}
