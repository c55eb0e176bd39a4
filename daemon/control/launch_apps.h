/* launch_apps: apps from specs: new ones, and those that exist by name get the spec as their full
 * truth.
 *
 * Shared by app.start, list.resurrect and app.scale. It plans which instances come, go and start
 * anew, stores that, and carries it out. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "daemon/control/app_row.h"

struct request;

/* An instance as it was saved. */
struct launch_saved {
	int number;
	bool stopped; /* it is listed, not started */
};

struct launch_app {
	struct app_row row;
	bool keep_env;		    /* an app that exists keeps its environment */
	bool only_scale;	    /* instances that stay are left alone */
	int instances;		    /* -1: as the spec says */
	struct launch_saved *saved; /* `instances` of them, malloc'ed: the new ones; NULL: any */
};

struct launch_pace {
	size_t at_a_time; /* instances that are started (again) at once; 0: all */
	bool reload;	  /* those that exist one after the other, until one fails */
	bool force;	  /* also where a reload is under way */
};

/* Free what is in `app`. */
void launch_apps_done(struct launch_app *app);

/* Answers the request. `apps` (malloc'ed) and what is in it are owned from here on; `pace` (NULL:
 * all at once) is copied. */
void launch_apps_run(struct request *req, struct launch_app *apps, size_t count,
		     const struct launch_pace *pace);
