#include "shared/logfile/logfile_follower.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/base/fdio.h"
#include "shared/base/path.h"

#define LOOK_MS 250	      /* how often a file is looked at that inotify does not tell of */
#define OPEN_LINE_MS 500      /* so long the begin of a line waits for its end */
#define TURN_BYTES (1u << 20) /* of one file, before others have their turn */
#define BLOCK_BYTES 65536

struct followed {
	char *path, *name; /* name: within path */
	int fd;		   /* -1: there is no such file now */
	dev_t dev;
	ino_t ino;
	uint64_t offset;
	int file_watch, folder_watch; /* -1: none */
	bool behind;		      /* there is more to read at once */
	int64_t grown_ms;
	struct logfile_line_splitter splitter;
	struct followed *next;
};

struct logfile_follower {
	int inotify_fd;
	struct followed *files;
	logfile_line_fn fn;
	void *owner;
	char *block;
};

struct logfile_follower *logfile_follower_create(logfile_line_fn fn, void *owner)
{
	struct logfile_follower *follower = mem_zalloc(sizeof(*follower));

	follower->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	follower->fn = fn;
	follower->owner = owner;
	follower->block = mem_resize(NULL, BLOCK_BYTES, 1);
	return follower;
}

void logfile_follower_destroy(struct logfile_follower *follower)
{
	struct followed *next;

	if (!follower)
		return;
	for (struct followed *file = follower->files; file; file = next) {
		next = file->next;
		fdio_closep(&file->fd);
		logfile_line_splitter_done(&file->splitter);
		free(file->path);
		free(file);
	}
	fdio_closep(&follower->inotify_fd);
	free(follower->block);
	free(follower);
}

static void unwatch_file(struct logfile_follower *follower, struct followed *file)
{
	int watch = file->file_watch;

	file->file_watch = -1;
	if (watch < 0)
		return;
	for (const struct followed *other = follower->files; other; other = other->next) {
		if (other->file_watch == watch)
			return; /* two names of one file */
	}
	inotify_rm_watch(follower->inotify_fd, watch);
}

static void watch_folder(struct logfile_follower *follower, struct followed *file)
{
	_cleanup_(mem_freep) char *folder = path_dir(file->path);

	file->folder_watch = inotify_add_watch(follower->inotify_fd, folder,
					       IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF |
						       IN_MOVE_SELF | IN_ONLYDIR);
}

/* Open what the path names now, at its begin. Anything that is not a regular file counts as not
 * there. */
static void open_path(struct logfile_follower *follower, struct followed *file)
{
	int fd = open(file->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return;
	}
	unwatch_file(follower, file);
	fdio_closep(&file->fd);
	file->fd = fd;
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	file->offset = 0;
	file->file_watch = inotify_add_watch(follower->inotify_fd, file->path,
					     IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF);
}

void logfile_follower_add(struct logfile_follower *follower, const char *path, void *tag,
			  const struct logfile_position *from)
{
	struct followed *file = mem_zalloc(sizeof(*file)), **last = &follower->files;

	file->path = mem_strdup(path);
	file->name = strrchr(file->path, '/') ? strrchr(file->path, '/') + 1 : file->path;
	file->fd = file->file_watch = file->folder_watch = -1;
	file->splitter.fn = follower->fn;
	file->splitter.owner = follower->owner;
	file->splitter.tag = tag;
	while (*last)
		last = &(*last)->next;
	*last = file;
	watch_folder(follower, file);
	open_path(follower, file);
	if (file->fd >= 0 && !from) {
		off_t end = lseek(file->fd, 0, SEEK_END);

		file->offset = end > 0 ? (uint64_t)end : 0;
	} else if (file->fd >= 0 && from->dev == file->dev && from->ino == file->ino) {
		file->offset = from->offset;
		file->splitter.continued = from->in_line;
	}
	file->behind = true; /* it may have grown since `from` */
}

int logfile_follower_fd(const struct logfile_follower *follower)
{
	return follower->inotify_fd;
}

static void read_on(struct logfile_follower *follower, struct followed *file, size_t max)
{
	struct stat st;
	ssize_t n = 1;

	file->behind = false;
	if (file->fd < 0)
		return;
	if (fstat(file->fd, &st) == 0 && (uint64_t)st.st_size < file->offset) {
		logfile_line_flush(&file->splitter, false);
		file->offset = 0;
	}
	for (size_t got = 0; got < max; got += (size_t)n) {
		n = pread(file->fd, follower->block, BLOCK_BYTES, (off_t)file->offset);
		if (n <= 0)
			return;
		file->offset += (uint64_t)n;
		file->grown_ms = clock_now_ms();
		logfile_line_feed(&file->splitter, follower->block, (size_t)n);
	}
	file->behind = true;
}

/* Is the path another file by now? Then the old one is read to its end first. */
static void look_at_path(struct logfile_follower *follower, struct followed *file)
{
	struct stat st;

	if (file->folder_watch < 0)
		watch_folder(follower, file);
	if (stat(file->path, &st) < 0)
		return;
	if (file->fd >= 0 && st.st_dev == file->dev && st.st_ino == file->ino)
		return;
	read_on(follower, file, SIZE_MAX);
	logfile_line_flush(&file->splitter, false);
	open_path(follower, file);
	file->behind = true;
}

/* Something happened in the folder of `file`: is it about this file? */
static bool concerns(struct followed *file, const struct inotify_event *event)
{
	if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) {
		file->folder_watch = -1;
		return true;
	}
	return event->len > 0 && strcmp(event->name, file->name) == 0;
}

static void take_event(struct logfile_follower *follower, const struct inotify_event *event)
{
	for (struct followed *file = follower->files; file; file = file->next) {
		bool overflow = event->mask & IN_Q_OVERFLOW;
		bool of_file = !overflow && event->wd == file->file_watch;
		bool of_folder =
			!overflow && event->wd == file->folder_watch && concerns(file, event);

		if (of_file && (event->mask & IN_IGNORED))
			file->file_watch = -1;
		if (overflow || of_folder || (of_file && !(event->mask & IN_MODIFY)))
			look_at_path(follower, file);
		if (overflow || of_folder || of_file)
			read_on(follower, file, TURN_BYTES);
	}
}

static void take_events(struct logfile_follower *follower)
{
	_Alignas(struct inotify_event) char buf[8192];
	ssize_t n;

	while ((n = read(follower->inotify_fd, buf, sizeof(buf))) > 0) {
		const struct inotify_event *event;

		for (char *at = buf; at < buf + n; at += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)(void *)at;
			take_event(follower, event);
		}
	}
}

static bool is_watched(const struct followed *file)
{
	return file->folder_watch >= 0 && (file->fd < 0 || file->file_watch >= 0);
}

/* When must this file be looked at again? -1: when inotify says so. */
static int64_t wait_of(const struct followed *file, int64_t now_ms)
{
	int64_t wait_ms = is_watched(file) ? -1 : LOOK_MS;

	if (file->behind)
		return 0;
	if (logfile_line_is_pending(&file->splitter)) {
		int64_t open_ms = file->grown_ms + OPEN_LINE_MS - now_ms;

		if (wait_ms < 0 || open_ms < wait_ms)
			wait_ms = open_ms > 0 ? open_ms : 0;
	}
	return wait_ms;
}

int logfile_follower_timeout_ms(const struct logfile_follower *follower)
{
	int64_t now_ms = clock_now_ms(), timeout_ms = -1;

	for (const struct followed *file = follower->files; file; file = file->next) {
		int64_t wait_ms = wait_of(file, now_ms);

		if (wait_ms >= 0 && (timeout_ms < 0 || wait_ms < timeout_ms))
			timeout_ms = wait_ms;
	}
	return (int)timeout_ms;
}

void logfile_follower_read(struct logfile_follower *follower)
{
	take_events(follower);
	for (struct followed *file = follower->files; file; file = file->next) {
		if (!is_watched(file)) {
			look_at_path(follower, file);
			read_on(follower, file, TURN_BYTES);
		} else if (file->behind) {
			read_on(follower, file, TURN_BYTES);
		}
		if (logfile_line_is_pending(&file->splitter) &&
		    clock_now_ms() - file->grown_ms >= OPEN_LINE_MS)
			logfile_line_flush(&file->splitter, true);
	}
}
