/* server_bind: the control socket's place in the file system.
 *
 * Only for who holds the lock of the home: a socket that is there is a left-over. */
#pragma once
#include "shared/base/error.h"

/* Can there be a socket in `home`/run at all? Makes one under another name and removes it. Asked
 * before anything is started: an engine that cannot bind would be tried again for ever. */
int server_bind_try(const char *home, struct pmc_error *err);

/* Bind and listen at `home`/run/pmc.sock, mode 0600; paths longer than a socket address are fine. A
 * socket that is there is removed, anything else is left and refused (-EEXIST). Returns the
 * descriptor, non-blocking. */
int server_bind(const char *home, struct pmc_error *err);
