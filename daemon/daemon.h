/* daemon: the composition root of the engine: builds every room, passes down what each needs, ends
 * them in order.
 *
 * The only place that knows all rooms. It decides nothing about apps. */
#pragma once
#include "shared/base/error.h"

/* Run the engine for `home` until it is told to end. Returns the exit code of the process.
 * Descriptors 3 to 9 come from pmc-keeper. */
int daemon_run(const char *home);
