/* heading: what an order did, in the words of PM2 that scripts look for: "Applying action
 * restartProcessId on app [web](ids: [ 0, 1 ])", "App [web] launched (2 instances)". */
#pragma once
#include <jansson.h>

struct say;

/* Print the headings of the rows that the daemon answered `method` with. `targets` (may be NULL):
 * what was named; a single word stands for all, of several each app has its own heading. */
void heading_print(const struct say *say, const char *method, const json_t *targets,
		   const json_t *rows);
