/* errand: small things that are done at once and stored nowhere: a signal, a line to stdin, counts
 * to zero, log files. Instances are named by their pm_id. */
#pragma once
#include "shared/base/error.h"

struct supervisor;

/* To the leader alone. -ESRCH: it does not run. */
int errand_signal(struct supervisor *sup, int pm_id, int signal);

/* `line` and a newline to its stdin. -ESRCH: it does not run; -EAGAIN: it does not read. Never
 * blocks. */
int errand_send_line(struct supervisor *sup, int pm_id, const char *line, struct pmc_error *err);

/* Restart counts to zero, the window of short lives empty. */
void errand_reset(struct supervisor *sup, int pm_id);

/* Empty one log file in place, in order with what is being written; `fn` when done. */
void errand_flush_log(struct supervisor *sup, const char *path, void (*fn)(void *owner),
		      void *owner);

/* Open all log files again (after an external rotation). */
void errand_reopen_logs(struct supervisor *sup);
