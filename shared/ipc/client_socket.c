#include "shared/ipc/client_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "shared/base/error.h"
#include "shared/base/fdio.h"
#include "shared/base/path.h"

/* A path that does not fit sun_path is reached through its directory; `*ret_dir` must stay open
 * until connect(). */
static int fill_address(struct sockaddr_un *address, const char *path, int *ret_dir)
{
	_cleanup_(mem_freep) char *dir = NULL;
	int len;

	address->sun_family = AF_UNIX;
	if (strlen(path) < sizeof(address->sun_path)) {
		strcpy(address->sun_path, path);
		return 0;
	}
	dir = path_dir(path);
	*ret_dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*ret_dir < 0)
		return -errno;
	len = snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/%s",
		       *ret_dir, path_base(path));
	return (size_t)len < sizeof(address->sun_path) ? 0 : -ENAMETOOLONG;
}

/* Waits for room in the daemon's queue of callers, at most `timeout_ms`. */
static int connect_to(int fd, const char *path, int timeout_ms)
{
	_cleanup_(fdio_closep) int dir = -1;
	struct timeval wait = {.tv_sec = timeout_ms / 1000,
			       .tv_usec = timeout_ms % 1000 * 1000 + 1};
	struct sockaddr_un address = {};
	int r = fill_address(&address, path, &dir);

	if (r < 0)
		return r;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return 0;
	return errno == EAGAIN ? -ETIMEDOUT : -errno;
}

/* We send our environment: only to ourselves, to root, or to whom root chose. */
static int check_peer(int fd, const char *path, struct pmc_error *err)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return pmc_error_errno(err, -errno, "cannot tell whose daemon listens on %s", path);
	if (peer.uid == geteuid() || peer.uid == 0 || geteuid() == 0)
		return 0;
	pmc_error_set(err, -EACCES, "the daemon behind %s belongs to uid %u, not to you", path,
		      peer.uid);
	pmc_error_hint(err, "run this as uid %u, or set PMC_HOME to a folder of your own",
		       peer.uid);
	return -EACCES;
}

int client_socket_open(const char *path, int timeout_ms, struct pmc_error *err)
{
	_cleanup_(fdio_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int connected, r;

	if (fd < 0)
		return pmc_error_errno(err, -errno, "cannot make a socket");
	r = connect_to(fd, path, timeout_ms);
	if (r < 0)
		return pmc_error_errno(err, r, "cannot connect to %s", path);
	r = check_peer(fd, path, err);
	if (r < 0)
		return r;
	connected = fd;
	fd = -1;
	return connected;
}
