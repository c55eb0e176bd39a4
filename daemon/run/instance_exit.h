/* instance_exit: the end of a process: from the keeper's slot to facts, history and the lifecycle.
 */
#pragma once

struct instance;

/* The slot says EXITED: take everything out of the pipes, then tell the lifecycle. A second call
 * meanwhile is ignored. */
void instance_exit_begin(struct instance *inst);

/* The pidfd of a process that is not the keeper's child became readable: find out how it ended, as
 * far as the kernel knows, write it into the slot and go on as above. */
void instance_exit_orphan(struct instance *inst);
