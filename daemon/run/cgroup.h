/* cgroup: one cgroup v2 directory a slot, to know and end a process tree without looking for it.
 *
 * Found in /proc/self/mountinfo, also beside v1 controllers. Used where we may make directories
 * below our own one (root, or delegated); otherwise cgroup_open() says why and trees are found
 * through /proc. No controllers are needed or enabled. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "shared/base/error.h"

#define CGROUP_SLOTS 4096

struct cgroup;

/* Make (or find again) the directory `name` below our own cgroup. -ENOSYS, -EACCES, -EROFS…: not to
 * be had; err says why. */
int cgroup_open(const char *name, struct cgroup **ret_cgroup, struct pmc_error *err);

/* Forget it; the directory is removed if it is empty of slots. Accepts NULL. */
void cgroup_close(struct cgroup *cgroup);

/* A descriptor of this slot's directory, which is made when missing: the child is born into it, or
 * writes "0" to its cgroup.procs. Negative errno. The caller closes it. */
int cgroup_slot_fd(struct cgroup *cgroup, int slot);

/* Is a process in it? 1, 0, or negative errno (not known). */
int cgroup_populated(struct cgroup *cgroup, int slot);

/* Pids in it, at most `max`; their number or negative errno. */
int cgroup_pids(struct cgroup *cgroup, int slot, int *pids, int max);

/* How often a fork in it was refused by the limit of the pids controller. -ENOENT: there is no such
 * controller here. */
int cgroup_forks_refused(struct cgroup *cgroup, int slot, int64_t *ret_count);

/* SIGKILL to all in it at one stroke. -EOPNOTSUPP before Linux 5.14. */
int cgroup_kill(struct cgroup *cgroup, int slot);

void cgroup_remove(struct cgroup *cgroup, int slot);

/* Our own directory in the v2 tree (controller NULL) or in the v1 tree of `controller`; NULL if
 * there is none. New string. */
char *cgroup_own_dir(const char *controller);
