/* instance_stop: signals to the whole tree of an instance, and the question whether anybody of it
 * is left. */
#pragma once
#include <stdbool.h>

struct instance;

/* The soft signal, descendants first, the leader last; with SIGCONT behind it, for a stopped
 * process would not hear it. treekill: false: the leader alone. */
void instance_stop_signal(struct instance *inst, int signal);

/* SIGKILL to all of it: by cgroup at once, else by a sweep on the pool; instance_stop_check() goes
 * on when it is done. */
void instance_stop_kill(struct instance *inst);

/* Is anybody but the leader left? Costs nearly nothing when nobody is. */
bool instance_stop_tree_left(struct instance *inst);

/* The pid of one that is left: the leader, or else any descendant; 0: nobody is found. */
int instance_stop_survivor(struct instance *inst);

/* Only descendants were left (leader_gone): tell the lifecycle if they are gone now. */
void instance_stop_check(struct instance *inst);

/* One signal to the leader alone (`pmc sendSignal`). Negative errno. */
int instance_stop_send(struct instance *inst, int signal);
