/* keeper_start: what pmc-keeper does once, from its exec to a mapped table and channels in their
 * places.
 *
 * It decides whether there is a table to go on with, marks what is no child of ours, and makes the
 * process what a keeper is: sub-reaper, hard to kill, signals in a descriptor. Nothing of it is
 * called again later but the two small helpers at the end. Part of pmc-keeper: libc only. */
#pragma once
#include <stddef.h>

#include "daemon/keeper/keeper_table.h"

enum keeper_start_mode {
	KEEPER_START_FRESH,  /* by pmcd */
	KEEPER_START_ADOPT,  /* by the engine of a dead keeper, in its own process */
	KEEPER_START_REEXEC, /* by a keeper: same process, same children */
};

struct keeper_start {
	enum keeper_start_mode mode;
	struct keeper_header *header;
	struct keeper_beat *beat;
	struct keeper_slot *slots; /* KEEPER_SLOTS */
	int32_t *shelf;		   /* KEEPER_FDS */
};

/* argv as pmc-keeper's. 0, or -1 after a message on stderr. */
int keeper_start(struct keeper_start *ret_start, char **argv);

/* Text of a small file, NUL-terminated; its length, or -1. */
int keeper_start_read(const char *path, char *buf, size_t cap);

/* Our own oom_score_adj; where it is not permitted nothing happens. */
void keeper_start_oom_score(const char *score);
