/* supervisor: all apps and their instances: the one door into this room.
 *
 * Commands come in here after their intent was stored; answers are orders' callbacks and events on the bus. Instances are
 * named by their pm_id. It reads no requests, no files of users, and stores nothing. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "daemon/core/selector.h"
#include "daemon/run/facts.h"
#include "daemon/run/order.h"
#include "shared/base/error.h"
#include "shared/base/keyval.h"
#include "shared/base/strlist.h"
#include "shared/spec/app_spec.h"

struct bus;
struct keeper_link;
struct log;
struct supervisor;

struct supervisor_setup {
	uv_loop_t *loop;
	struct keeper_link *link;
	struct log *log;
	struct bus *bus;
	const char *home, *home_id; /* kept, not copied */
	int shm_dir_fd;
	bool use_cgroup;
};

/* Map engine.state, find cgroups. Nothing runs yet. */
int supervisor_create(const struct supervisor_setup *setup, struct supervisor **ret_sup, struct pmc_error *err);

/* Safe mode: nothing is started or restarted by itself. `why` NULL leaves it (and what waits is started). Copied. */
void supervisor_set_safe(struct supervisor *sup, const char *why);
const char *supervisor_safe(const struct supervisor *sup); /* NULL: not in safe mode */

/* What the store knows, one app or instance after the other; then take over what runs and start what should (once). */
void supervisor_put_app(struct supervisor *sup, const struct app_spec *spec, const struct keyval *caller_env,
			const char *unique_id, int64_t created_us);
/* -ENOSPC: no slot left; -ENOENT: no such app. `wanted` and `generation` matter before supervisor_begin() only. */
int supervisor_put_instance(struct supervisor *sup, const char *app, int pm_id, int number, bool wanted, uint64_t generation);
/* `known` false: the store could not be read, so processes nobody knows are kept. Returns how many were adopted. */
int supervisor_begin(struct supervisor *sup, bool known);

/* The keeper's table changed / the keeper is gone. */
void supervisor_on_keeper_event(struct supervisor *sup);
void supervisor_on_keeper_death(struct supervisor *sup);

/* Stop everything by its rules, all at once; `fn` when the last tree is gone. `forget`: delete them too. */
void supervisor_end(struct supervisor *sup, bool forget, void (*fn)(void *owner), void *owner);

/* Close handles without touching processes; then free. The loop must run on until `fn`. */
void supervisor_destroy(struct supervisor *sup, void (*fn)(void *owner), void *owner);

/* Questions. */
size_t supervisor_count(const struct supervisor *sup);
int supervisor_pm_id_at(const struct supervisor *sup, size_t i); /* ascending */
struct instance *supervisor_find(const struct supervisor *sup, int pm_id); /* for facts_*(); NULL */
/* Mark hits[i] for the instances that `target` means; see selector_match(). */
int supervisor_select(const struct supervisor *sup, const char *target, bool *hits, struct pmc_error *err);
const struct app_spec *supervisor_app_spec(const struct supervisor *sup, const char *app); /* NULL: no such app */
const struct keyval *supervisor_app_env(const struct supervisor *sup, const char *app);
int64_t supervisor_app_created_us(const struct supervisor *sup, const char *app);
const char *supervisor_app_unique_id(const struct supervisor *sup, const char *app);
/* The pm_ids of an app by instance number; at most `max`; returns how many there are. */
size_t supervisor_app_instances(const struct supervisor *sup, const char *app, int *pm_ids, int *numbers, size_t max);
int supervisor_next_pm_id(const struct supervisor *sup);
unsigned supervisor_orphans(const struct supervisor *sup);
const char *supervisor_cgroup_note(const struct supervisor *sup); /* NULL: cgroups are used */

/* Carry out a stored command on one instance. The order is told (order_add is called here). */
void supervisor_order(struct supervisor *sup, struct order *order, int pm_id, enum order_verb verb, uint64_t generation);

/* Small things, at once. Negative errno. */
int supervisor_signal(struct supervisor *sup, int pm_id, int signal);
int supervisor_send_line(struct supervisor *sup, int pm_id, const char *line, struct pmc_error *err);
void supervisor_reset(struct supervisor *sup, int pm_id);
