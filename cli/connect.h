/* connect: from nothing to a connection with the daemon of this $PMC_HOME, starting one if need be.
 *
 * Knows where pmcd lies and how long to wait for it; what is asked over the connection is the
 * business of request. */
#pragma once
#include <stdbool.h>

#include "shared/base/error.h"
#include "shared/config/home.h"

struct client;

struct connect {
	struct home home;
	struct client *client; /* NULL: not connected */
	bool started;	       /* the last call started the daemon */
	bool first;	       /* … in a home that was not there before */
};

void connect_done(struct connect *connect);

/* Connect to the daemon that runs. -ENOENT or -ECONNREFUSED when nobody is there. Finds the home on
 * first use. Blocks. */
int connect_existing(struct connect *connect, struct pmc_error *err);

/* The same, but start a daemon if there is none and wait for it (5 s). The error says why it did
 * not come up: its own words, the status line of the keeper, the end of pmc.log. */
int connect_or_start(struct connect *connect, struct pmc_error *err);

/* Close the connection; the home stays known. */
void connect_drop(struct connect *connect);

/* The connection broke while something was asked: connect again (10 s), to a daemon that is
 * starting again by itself. */
int connect_again(struct connect *connect, struct pmc_error *err);
