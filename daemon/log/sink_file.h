/* sink_file: one log file (or device, fifo, socket) that one or more streams of a thread write to.
 *
 * Knows whether it is still what its path names, where it ends, and whether that is the end of a
 * line. It does not know streams, records, nor formats. Belongs to one thread. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sink_file {
	char *path;
	uid_t uid; /* owner of what is made */
	gid_t gid;
	unsigned users;	  /* sinks that write to it */
	int fd;		  /* -1: not open */
	bool regular;	  /* else a plain byte stream: written, nothing more */
	bool null_device; /* bytes need not be copied to be lost */
	bool appending;	  /* O_APPEND is set */
	bool no_splice;	  /* the file system cannot */
	bool twin;	  /* another sink_file is the same inode: never by offset */
	dev_t dev;
	ino_t ino;
	uint64_t btime_ns;
	uint64_t end;	     /* where the file ended after our last write; UINT64_MAX: not known */
	int end_is_line;     /* and was that the end of a line? -1: not known */
	uint64_t checked_ns; /* when the path was last compared */
	uint64_t gone_ns;    /* when it was seen to be removed; 0: it is not */
	uint64_t foreign_ns; /* when somebody else was seen to write; 0: never */
	const void *busy;    /* who has a batch under way; NULL: nobody */
	const void *line_owner; /* whose unfinished line it ends with; NULL: not known */
	bool waited;		/* somebody wants to know when it is no longer busy */
	struct sink_file *next;
};

/* The file of `path` in the list, made (not opened) if it is new. One user more. */
struct sink_file *sink_file_get(struct sink_file **list, const char *path, uid_t uid, gid_t gid);

/* One user less; closed and freed with the last one. Accepts NULL. */
void sink_file_put(struct sink_file **list, struct sink_file *file);

/* Open it if it is not, or no longer, what its path names (looked up at most once a second).
 * `*ret_size` is where a regular file ends, else 0. Errors: negative errno of opening, -EAGAIN for
 * a moment after it was removed; then nothing can be written. */
int sink_file_ready(struct sink_file *list, struct sink_file *file, uint64_t now_ns,
		    uint64_t *ret_size);

/* Compare with the path at the next use; a special file is opened again. */
void sink_file_recheck(struct sink_file *file);

/* Does the file, which ends at `size`, end with a newline (or with nothing)? */
bool sink_file_at_line_start(struct sink_file *file, uint64_t size);

/* Move up to `max` bytes from a pipe to the end, which is at `size`. Bytes moved or negative errno:
 * -EAGAIN if the pipe is empty, -EINVAL if this file system cannot (then it is remembered). */
ssize_t sink_file_splice(struct sink_file *file, int pipe_fd, size_t max, uint64_t size);

/* Append; bytes written (maybe fewer than `len`) or negative errno. */
ssize_t sink_file_append(struct sink_file *file, const char *data, size_t len, uint64_t size);

/* Truncate a regular file that is open. 0 or negative errno. */
int sink_file_empty(struct sink_file *file);

/* May it be written by offset: is it plainly ours alone? */
bool sink_file_is_ours_alone(const struct sink_file *file, uint64_t now_ns);
