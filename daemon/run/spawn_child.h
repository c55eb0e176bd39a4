/* spawn_child: what runs between clone and exec, in the child. Async-signal-safe calls only; never
 * returns. */
#pragma once
#include <stdbool.h>

#include "daemon/run/spawn.h"

/* Everything is prepared in memory by the parent; errno and step of a failure go into the slot,
 * then _exit(127). `in_cgroup`: it was born in its cgroup. */
_Noreturn void spawn_child_run(const struct spawn *spawn, bool in_cgroup);
