/* own_log: where the engine's own messages go: pmc.log, capped, or stderr. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct settings;

/* Set style and level. In the foreground messages go to stderr as it is. */
void own_log_setup(const char *home, bool foreground, const struct settings *settings);

/* pmc.log is over its size: keep it as pmc.log.1 and begin anew, on the same descriptors 1 and 2.
 * Not in the foreground. */
void own_log_cap(const char *home, bool foreground, int64_t max_bytes);

/* Open pmc.log again: somebody may have renamed it. */
void own_log_reopen(const char *home, bool foreground);
