/* trouble: what holds the process of an instance up right now, as one sentence for people.
 *
 * A start that waits in a step before its program runs, an end that SIGKILL does not bring about, a
 * limit of processes that is reached. Read from the slot and /proc when somebody asks; it changes
 * nothing and remembers nothing. */
#pragma once
#include <stdbool.h>

struct instance;

/* New string; NULL: nothing does. `thorough` also asks what costs a look at files for each
 * instance. An instance that is stuck (lifecycle_is_stuck) always has an answer. */
char *trouble_text(struct instance *inst, bool thorough);
