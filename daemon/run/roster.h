/* roster: the supervisor's lists of apps and instances: what goes in, and questions about it.
 * Instances are named by their pm_id. It starts and stops nothing. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/core/plan.h" /* how many, and which numbers: for who plans with what the roster says */
#include "shared/base/error.h"
#include "shared/base/keyval.h"
#include "shared/base/strlist.h"
#include "shared/spec/app_spec.h"

struct app;
struct instance;
struct supervisor;

/* Another app, or another definition for one of this name (its logs follow it). All is copied. */
void roster_put_app(struct supervisor *sup, const struct app_spec *spec,
		    const struct keyval *caller_env, const char *unique_id, int64_t created_us);
/* -ENOSPC: no slot left; -ENOENT: no such app. `wanted` and `generation` matter before
 * supervisor_adopt() only. */
int roster_put_instance(struct supervisor *sup, const char *app, int pm_id, int number, bool wanted,
			uint64_t generation);
size_t roster_count(const struct supervisor *sup);
int roster_pm_id_at(const struct supervisor *sup, size_t i);	       /* ascending */
struct instance *roster_find(const struct supervisor *sup, int pm_id); /* for facts_*(); NULL */
/* Mark hits[i] for the instances that `target` means; see selector_match(). */
int roster_select(const struct supervisor *sup, const char *target, bool *hits,
		  struct pmc_error *err);
const struct app_spec *roster_app_spec(const struct supervisor *sup,
				       const char *app); /* NULL: no such app */
const struct keyval *roster_app_env(const struct supervisor *sup, const char *app);
int64_t roster_app_created_us(const struct supervisor *sup, const char *app);
const char *roster_app_unique_id(const struct supervisor *sup, const char *app);
/* The pm_ids of an app by instance number; at most `max`; returns how many there are. */
size_t roster_app_instances(const struct supervisor *sup, const char *app, int *pm_ids,
			    int *numbers, size_t max);
/* Names of the apps that have no instance left when these are deleted. */
void roster_apps_emptied(const struct supervisor *sup, const int *pm_ids, size_t count,
			 struct strlist *ret_names);
/* Is an instance of the app being reloaded? */
bool roster_is_reloading(const struct supervisor *sup, const char *app);
int roster_next_pm_id(const struct supervisor *sup);
unsigned roster_orphans(const struct supervisor *sup);
struct app *roster_find_app(const struct supervisor *sup, const char *name); /* NULL */

/* For the supervisor's own files: the app (NULL: none), and an instance made for `slot` (claimed)
 * and put into the lists. */
struct instance *roster_place(struct supervisor *sup, struct app *app, int pm_id, int number,
			      int slot);
