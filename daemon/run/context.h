/* context: what every part of this room stands on: made by the supervisor, passed down, owned by
 * the composition root. */
#pragma once
#include <stdbool.h>
#include <uv.h>

#include "daemon/run/user_tasks.h"

struct bus;
struct cgroup;
struct keeper_link;
struct log;
struct slots;
struct spawn_area;
struct strays;
struct sweep;

struct run_context {
	uv_loop_t *loop;
	struct keeper_link *link;
	struct slots *slots;
	struct spawn_area *area; /* NULL: there is none */
	struct log *log;
	struct bus *bus;
	struct cgroup *cgroup; /* NULL: trees are found through /proc */
	struct strays *strays;
	struct sweep *sweep;
	const char *home;    /* $PMC_HOME */
	const char *user;    /* whom we run as */
	const char *home_id; /* 8 hex digits */
	bool safe;	     /* safe mode: nothing is started by itself */
	bool ending;	     /* the daemon ends: nothing is started any more */
	bool clearing; /* processes of a lost daemon are being ended: nothing is started before they
			  are */
	bool keeper_gone; /* no keeper: nothing can be started */
	struct user_tasks tasks;
	unsigned streams;  /* log pipes in use */
	int oom_score_adj; /* our own; an app that shall have the same need not write it */
};
