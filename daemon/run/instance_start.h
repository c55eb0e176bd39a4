/* instance_start: a process for an instance. */
#pragma once

#include "daemon/run/program.h"

struct identity;
struct instance;

enum instance_start_result {
	INSTANCE_STARTED,
	INSTANCE_START_LATER, /* the machine has no room now: inst->trouble says what */
	INSTANCE_START_NEVER, /* the spec cannot work: inst->trouble says why */
};

/* Pipes, slot, clone, watches. The slot is RUN afterwards, or FREE if nothing was made. */
enum instance_start_result instance_start_process(struct instance *inst);

/* Watch for the moment the program runs without a report pipe (an earlier engine had it). */
void instance_start_watch_again(struct instance *inst);

/* Close the watch for exec, if there is one. */
void instance_start_unwatch(struct instance *inst);

/* Open the pidfd of the slot's process; with `watch` tell instance_exit when it ends (nobody else
 * would). Negative errno. */
int instance_start_open_pidfd(struct instance *inst, int watch);
void instance_start_close_pidfd(struct instance *inst);

/* "ID.SLOT.SEQ": how the processes of the present life are known. */
void instance_start_marker(const struct instance *inst, char *buf, unsigned cap);

/* What its next process would be told. The paths and words are borrowed. */
struct program_facts instance_start_facts(const struct instance *inst,
					  const struct identity *identity, const char *marker,
					  const char *out, const char *err_path);
