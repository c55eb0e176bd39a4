#include "cli/log_follow.h"

#include <errno.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "cli/log_print.h"
#include "cli/log_source.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/path.h"

#define FILE_EVENTS (IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)
#define FOLDER_EVENTS (IN_CREATE | IN_MOVED_TO | IN_ONLYDIR)

static void watch_source(struct log_follow *follow, struct log_source *source)
{
	_cleanup_(mem_freep) char *folder = path_dir(source->path);

	/* the same folder twice is the same watch: nothing is added */
	(void)inotify_add_watch(follow->inotify_fd, folder, FOLDER_EVENTS);
	if (source->fd >= 0)
		source->watch = inotify_add_watch(follow->inotify_fd, source->path, FILE_EVENTS);
}

int log_follow_init(struct log_follow *follow, struct log_source *sources, size_t count,
		    struct log_print *print)
{
	*follow = (struct log_follow){.sources = sources, .count = count, .print = print};
	follow->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (follow->inotify_fd < 0)
		return -errno;
	for (size_t i = 0; i < count; i++)
		watch_source(follow, &sources[i]);
	return 0;
}

void log_follow_done(struct log_follow *follow)
{
	fdio_closep(&follow->inotify_fd);
}

/* Read a source on; a file that was made anew gets a watch of its own. */
static int read_source(struct log_follow *follow, struct log_source *source)
{
	int r = log_source_read(source, log_print_line, follow->print);

	if (source->watch < 0 && source->fd >= 0)
		watch_source(follow, source);
	return r;
}

static int read_all(struct log_follow *follow)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < follow->count; i++)
		r = read_source(follow, &follow->sources[i]);
	return r ? r : log_print_flush(follow->print);
}

static int on_event(struct log_follow *follow, const struct inotify_event *event)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < follow->count; i++) {
		struct log_source *source = &follow->sources[i];

		if (event->wd == source->watch || source->watch < 0 || event->len > 0)
			r = read_source(follow, source);
	}
	return r;
}

/* In the order of the events, which is the order in which the files were written to. */
static int on_events(struct log_follow *follow)
{
	_Alignas(struct inotify_event) char buf[16384];
	ssize_t n = read(follow->inotify_fd, buf, sizeof(buf));
	int r = 0;

	for (ssize_t at = 0; r == 0 && at < n;) {
		struct inotify_event *event = (void *)(buf + at);

		r = event->mask & IN_Q_OVERFLOW ? read_all(follow) : on_event(follow, event);
		at += (ssize_t)(sizeof(*event) + event->len);
	}
	return r ? r : log_print_flush(follow->print);
}

int log_follow_wait(struct log_follow *follow, int other_fd, int timeout_ms)
{
	int r = read_all(follow), ready;

	while (r == 0) {
		struct pollfd fds[] = {
			{.fd = follow->inotify_fd, .events = POLLIN},
			{.fd = STDOUT_FILENO}, /* POLLERR: nobody reads any more */
			{.fd = other_fd, .events = POLLIN},
		};

		ready = poll(fds, ARRAY_SIZE(fds), timeout_ms);
		if (ready < 0)
			return errno == EINTR ? 0 : -errno;
		if (fds[1].revents & (POLLERR | POLLNVAL))
			return -EPIPE;
		if (fds[0].revents)
			r = on_events(follow);
		if (r == 0 && (ready == 0 || fds[2].revents))
			return 0;
	}
	return r;
}
