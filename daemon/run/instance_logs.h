/* instance_logs: the pipes and log streams of an instance, from its first start to its deletion. */
#pragma once
#include "shared/base/error.h"

struct instance;

/* For a start: make both pipes (or take those an earlier engine left), begin to pump, and open the
 * new process's ends of them, which the caller closes. Negative errno when descriptors are short.
 */
int instance_logs_open(struct instance *inst, int ret_apps[2], struct pmc_error *err);

/* The same for a process that runs: it has its ends. */
void instance_logs_resume(struct instance *inst);

/* Take the pipes of a running process that are on no shelf any more: through /proc/PID/fd/1 and 2.
 */
void instance_logs_adopt(struct instance *inst, int pid);

/* The process is gone: call `fn(inst)` when everything it wrote was taken, in a
 * later turn or at once. */
void instance_logs_drain(struct instance *inst, void (*fn)(void *inst));

/* Let go of files, pipes and shelf; `fn(inst)` when done, in a later turn or at once. */
void instance_logs_close(struct instance *inst, void (*fn)(void *inst));

/* Tell the streams what the spec says now. */
void instance_logs_configure(struct instance *inst);

/* The last lines of its stderr, at most 4 KiB, read from the log file; new string, NULL: none. */
char *instance_logs_tail(const struct instance *inst);
