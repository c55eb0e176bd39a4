/* supervisor: all apps and their instances: the one door into this room.
 *
 * Commands come in here after their intent was stored; answers are orders' callbacks and events on
 * the bus. Instances are named by their pm_id. It reads no requests, no files of users, and stores
 * nothing. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "daemon/run/errand.h"
#include "daemon/run/facts.h"
#include "daemon/run/kernel_calls.h"
#include "daemon/run/order.h"
#include "daemon/run/roster.h"
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
int supervisor_create(const struct supervisor_setup *setup, struct supervisor **ret_sup,
		      struct pmc_error *err);

/* Safe mode: nothing is started or restarted by itself. `why` NULL leaves it (and what waits is
 * started). Copied. */
void supervisor_set_safe(struct supervisor *sup, const char *why);
const char *supervisor_safe(const struct supervisor *sup); /* NULL: not in safe mode */

/* Once, after the roster knows what the store knows: take over what runs and start what should.
 * `known` false: the store could not be read, so processes nobody knows are kept. Returns how many
 * were adopted. */
int supervisor_adopt(struct supervisor *sup, bool known);

/* The keeper's table changed / the keeper is gone. */
void supervisor_on_keeper_event(struct supervisor *sup);
void supervisor_on_keeper_death(struct supervisor *sup);

/* What carries us: facts of the keeper. */
struct supervisor_base {
	int keeper_pid, engine_restarts, keeper_restarts;
	unsigned fds_lost;
};
struct supervisor_base supervisor_base(const struct supervisor *sup);

/* The log pump tells something about the stream of an instance (`tag`). */
void supervisor_log_notice(struct supervisor *sup, void *tag, int event_type, const char *detail);

/* Stop everything by its rules, all at once; `fn` when the last tree is gone. `forget`: delete them
 * too. */
void supervisor_end(struct supervisor *sup, bool forget, void (*fn)(void *owner), void *owner);

/* SIGKILL to every tree: the end takes too long. */
void supervisor_kill(struct supervisor *sup);

/* Close handles without touching processes; then free. The loop must run on until `fn`. */
void supervisor_destroy(struct supervisor *sup, void (*fn)(void *owner), void *owner);

const char *supervisor_cgroup_note(const struct supervisor *sup); /* NULL: cgroups are used */

/* Carry out a stored command on one instance. The order is told (order_add is called here). */
void supervisor_order(struct supervisor *sup, struct order *order, int pm_id, enum order_verb verb,
		      uint64_t generation);

/* Is a command of this generation, stored a while ago, still what shall be done to the instance?
 * -ENOENT: it is gone, -ECANCELED: a later command came, -ESHUTDOWN: the daemon ends. */
int supervisor_order_valid(const struct supervisor *sup, int pm_id, uint64_t generation,
			   struct pmc_error *err);

/* A stored command will not be carried out on this instance after all, not by a later engine
 * either. */
void supervisor_order_drop(struct supervisor *sup, int pm_id, uint64_t generation);

/* Wait for one instance without asking anything of it: the command was carried out before. */
void supervisor_order_wait(struct supervisor *sup, struct order *order, int pm_id);

/* Are there descriptors for `starts` more starts, with some to spare for answering and stopping?
 * -EMFILE. */
int supervisor_has_room(size_t starts, struct pmc_error *err);

int supervisor_cpus(void); /* how many CPUs may we use: what `instances: max` means */
