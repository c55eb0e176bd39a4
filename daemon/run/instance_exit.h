/* instance_exit: the end of a process: from the keeper's slot to facts, history and the lifecycle.
 */
#pragma once
#include <stdbool.h>

struct bus;
struct instance;
struct slot_end;

/* Does the slot tell an end that the lifecycle does not know yet? */
bool instance_exit_is_new(const struct instance *inst);

/* The slot says EXITED: take everything out of the pipes, then tell the lifecycle. A second call
 * meanwhile is ignored. */
void instance_exit_begin(struct instance *inst);

/* The pidfd of a process that is not the keeper's child became readable: find out how it ended, as
 * far as the kernel knows, write it into the slot and go on as above. */
void instance_exit_orphan(struct instance *inst);

/* Publish an end that an earlier engine recorded: history may not have seen it. */
void instance_exit_tell_again(struct bus *bus, const struct slot_end *end);
