/* report: what somebody who helps wants to know first: program, machine, daemon, apps, the end of
 * the daemon's log, as text to be pasted. Pure: asks nobody. */
#pragma once
#include <jansson.h>

struct listing;
struct str;

struct report {
	const char *home;	       /* NULL: not known */
	const json_t *ping, *doctor;   /* of the daemon; NULL: none runs */
	const struct listing *listing; /* NULL: none runs */
	const char *log;	       /* the last lines of pmc.log, whole; NULL: there are none */
};

/* Append the whole in a code fence. What could be a secret is not in it: no environment, no
 * arguments. */
void report_append(const struct report *report, struct str *out);
