/* launch: from a command line to a running keeper: home, lock, run-time directory, background,
 * exec.
 *
 * The first two steps of every start. It holds the lock before it makes anything outside the home,
 * and hands it to pmc-keeper as descriptor 6. What runs is not its business: keeper and engine do
 * the rest. */
#pragma once
#include <stdbool.h>

#include "shared/base/error.h"

struct home;

/* Make the home, take the lock, execute pmc-keeper.
 *
 * In the background: two forks and a new session later; returns 0 in the first process when the
 * keeper has been executed. The daemon keeps nothing of the caller: stdin is /dev/null, stdout and
 * stderr pmc.log, cwd "/". With `foreground` in this very process: returns only on failure, or 0 if
 * there is nothing left to do (under systemd it waits as stand-by while another holds the lock, and
 * that one was then told to stop). Errors: -EALREADY when a daemon runs for this home (the message
 * names its pid); else what home_make() or a system call said. Blocks. */
int launch_daemon(struct home *home, bool foreground, const char *keeper_path,
		  const char *engine_path, struct pmc_error *err);
