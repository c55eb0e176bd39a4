/* server_bind: the control socket's place in the file system.
 *
 * Only for the engine, which holds the lock of the home: a socket that is there is a left-over. */
#pragma once
#include "shared/base/error.h"

/* Bind and listen at `home`/run/pmc.sock, mode 0600; paths longer than a socket address are fine. A
 * socket that is there is removed, anything else is left and refused (-EEXIST). Returns the
 * descriptor, non-blocking. */
int server_bind(const char *home, struct pmc_error *err);
