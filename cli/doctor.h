/* doctor: what this machine and home offer to pmc, as far as the CLI can see it by itself, without
 * a daemon; what is done without what is missing, and what to do about it. Changes nothing. */
#pragma once
#include <jansson.h>
#include <stdbool.h>

struct home;

/* One line of the report. Texts may be NULL. */
struct doctor_finding {
	const char *name;
	bool ok;
	bool needed;	     /* not ok means broken, not only less */
	const char *detail;  /* what was found */
	const char *without; /* what pmc does when it is missing */
	const char *advice;  /* what a person can do */
};

/* Append as {"name", "ok", "needed", "detail", "without", "advice"}. */
void doctor_add(json_t *list, const struct doctor_finding *finding);

/* What the kernel and this user's limits offer. New reference. */
json_t *doctor_machine(void);

/* The part of it about control groups: doctor_cgroup.c. */
void doctor_cgroup(json_t *list);

/* The home (NULL: it could not be found, `why` says it) and where it lies: doctor_home.c. */
json_t *doctor_home(const struct home *home, const char *why);

/* Scripts and interpreters of apps that cannot be found: doctor_apps.c. `apps` is a list of
 * {"name", "spec", "env"}, as in the saved list. */
json_t *doctor_apps(const json_t *apps);
