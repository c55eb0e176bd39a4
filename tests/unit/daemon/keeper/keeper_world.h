/* keeper_world: a real pmc-keeper with a fake engine in a home of its own, for tests.
 *
 * Facts are read from the table. Everything waits with a deadline and fails the test when it
 * passes. The test process is sub-reaper, so that nothing it has started can escape world_end(). */
#pragma once
#include <stdbool.h>
#include <sys/types.h>

#include "daemon/keeper/keeper_table.h"

struct world {
	char home[64], shm_dir[80];
	pid_t keeper;			    /* as started; a successor is in header->keeper_pid */
	const struct keeper_header *header; /* the table, read-only */
	const struct keeper_beat *beat;
	const struct keeper_slot *slots;
	const int32_t *shelf;
	int socket;	 /* for orders to the fake engine */
	unsigned nofile; /* hard limit of descriptors for the keeper; 0: as ours */
};

/* Once, before the first world: which programs. */
void keeper_world_programs(const char *keeper, const char *fake_engine);

/* A fresh home; `mode` is the fake engine's. NULL: it behaves. */
void keeper_world_make(struct world *w, const char *mode);

/* Start pmc-keeper as pmcd does (lock and directory in their places) and map its table. */
void keeper_world_start(struct world *w);

/* Kill all that is left and remove the home. */
void keeper_world_end(struct world *w);

void keeper_world_mode(struct world *w, const char *mode);

/* Wait until an engine younger than generation `after` is ready. Returns its pid. */
pid_t keeper_world_ready(struct world *w, uint32_t after);

/* An order to the ready engine; and with its answer. */
void keeper_world_tell(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
long keeper_world_ask(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* SIGKILL to the engine; returns when the next one is ready. */
void keeper_world_kill_engine(struct world *w);

/* SIGKILL to keeper and engine such that neither revives the other. */
void keeper_world_kill_both(struct world *w);

/* Wait for the end of a child of this process; its wait status. */
int keeper_world_wait(pid_t pid);

/* Is there a process of this number that is not a zombie? */
bool keeper_world_alive(pid_t pid);

/* Contents of HOME/name, "" when it is missing; static memory. */
const char *keeper_world_read(const struct world *w, const char *name);

/* One millisecond nearer to the deadline that began with *since_ns == 0; fails the test behind it.
 */
void keeper_world_tick(uint64_t *since_ns, const char *what);

/* Wait for a fact. */
#define WAIT_UNTIL(fact)                                                                           \
	do {                                                                                       \
		uint64_t since_ = 0;                                                               \
		while (!(fact))                                                                    \
			keeper_world_tick(&since_, #fact);                                         \
	} while (0)
