/* instance_logs: the pipes and log streams of an instance, from its first start to its deletion. */
#pragma once
#include "shared/base/error.h"

struct instance;

/* Make both pipes (or take those an earlier engine left) and begin to pump. Called before each
 * start; cheap when they are there. Negative errno when descriptors are short. */
int instance_logs_open(struct instance *inst, struct pmc_error *err);

/* Take the pipes of a running process that are on no shelf any more: through /proc/PID/fd/1 and 2.
 */
void instance_logs_adopt(struct instance *inst, int pid);

/* Open the app's ends for a new process; the caller closes both. */
int instance_logs_app_ends(struct instance *inst, int ret_fds[2]);

/* The process is gone: call `fn(inst)` when everything it wrote was taken. */
void instance_logs_drain(struct instance *inst, void (*fn)(void *inst));

/* Let go of files, pipes and shelf; `fn(inst)` when done, in a later turn or at once. */
void instance_logs_close(struct instance *inst, void (*fn)(void *inst));

/* Tell the streams what the spec says now. */
void instance_logs_configure(struct instance *inst);

/* The last lines of its stderr, at most 4 KiB, read from the log file; new string, NULL: none. */
char *instance_logs_tail(const struct instance *inst);
