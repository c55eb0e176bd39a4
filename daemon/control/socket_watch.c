#include "daemon/control/socket_watch.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>
#include <uv.h>

#include "daemon/loop/handles.h"
#include "shared/base/error.h"
#include "shared/base/fdio.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"

struct socket_watch {
	struct handles *handles;
	int fd;
	uv_poll_t poll;
	void (*on_change)(void *owner);
	void *owner;
};

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct socket_watch *watch = poll->data;
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));

	while (read(watch->fd, buf, sizeof(buf)) > 0)
		;
	watch->on_change(watch->owner);
}

struct socket_watch *socket_watch_create(struct handles *handles, const char *dir,
					 void (*on_change)(void *owner), void *owner)
{
	_cleanup_(fdio_closep) int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	struct socket_watch *watch;

	if (fd < 0 || inotify_add_watch(fd, dir,
					IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF |
						IN_ONLYDIR) < 0) {
		log_debug("cannot watch %s: %s", dir, pmc_error_text(errno));
		return NULL;
	}
	watch = mem_zalloc(sizeof(*watch));
	watch->handles = handles;
	watch->on_change = on_change;
	watch->owner = owner;
	watch->fd = fd;
	if (handles_poll(handles, &watch->poll, fd, watch) < 0) {
		free(watch);
		return NULL;
	}
	uv_poll_start(&watch->poll, UV_READABLE, on_readable);
	fd = -1;
	return watch;
}

void socket_watch_destroy(struct socket_watch *watch)
{
	if (!watch)
		return;
	handles_drop(watch->handles, (uv_handle_t *)&watch->poll, free, watch);
	close(watch->fd);
}
