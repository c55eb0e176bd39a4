/* mounts: which file system is a path on, asked without touching that file system (it may hang).
 *
 * By the longest mount point that is a prefix of the path; a symbolic link may mislead it, which
 * costs nothing but an unfavourable choice of thread. Reads /proc/self/mountinfo, again only when
 * the kernel says that it changed. */
#pragma once
#include <stddef.h>

struct mounts_entry;

struct mounts {
	int fd; /* of mountinfo; -1 if there is none */
	struct mounts_entry *entries;
	size_t count;
};

void mounts_init(struct mounts *mounts);
void mounts_done(struct mounts *mounts);

/* A number for the file system of `path` (absolute), the same for all paths on it; 0 if not known.
 */
unsigned long mounts_find(struct mounts *mounts, const char *path);
