/* sink_open: opening what a log path names, without harm.
 *
 * A regular file is made if it is missing, with its folders; anything else (device, fifo, socket,
 * terminal) is only opened for writing and never made, owned or changed. As root a symbolic link is
 * followed only in a directory that nobody else can write. May block as long as the file system
 * does. */
#pragma once
#include <sys/stat.h>

/* A descriptor (read and write for a regular file, else write only and O_NONBLOCK) or negative
 * errno; `*ret_stat` is of what was opened. `uid`, `gid`: owner of what is made here, -1 for ours.
 */
int sink_open(const char *path, uid_t uid, gid_t gid, struct stat *ret_stat);
