/* launch: find pmcd and execute it, and say why it did not come up.
 *
 * pmcd goes to the background by itself; what it prints before that is kept for the explanation.
 * Many commands may launch at once: pmcd's own lock lets one live, the others end with 0, and all
 * find the same socket. */
#pragma once
#include <sys/types.h>

#include "shared/base/error.h"

struct home;

enum launch_state {
	LAUNCH_GOING,	/* pmcd has not gone to the background yet */
	LAUNCH_DONE,	/* it has: the daemon must be there soon */
	LAUNCH_ALREADY, /* another daemon has the lock: it starts, runs or is just ending */
	LAUNCH_FAILED,
};

struct launch {
	pid_t pid;     /* 0: it was seen to end */
	int output_fd; /* what pmcd prints before it goes to the background */
	enum launch_state state;
};

#define LAUNCH_NONE ((struct launch){.output_fd = -1})

void launch_done(struct launch *launch);

/* New string: the pmcd that belongs to this pmc: beside it, in the build folder, in PATH. NULL:
 * none. */
char *launch_find(const char *program);

/* Fork and execute `pmcd`, also again after LAUNCH_ALREADY. Does not wait. */
int launch_daemon(struct launch *launch, struct pmc_error *err);

/* What has become of it? Does not block. */
enum launch_state launch_look(struct launch *launch);

/* Fill `err` with what can be known of a daemon that does not answer; returns its code. */
int launch_explain(struct launch *launch, const struct home *home, struct pmc_error *err);
