/* select: the instances that a question is about: those of its `targets`, or all. */
#pragma once
#include <stdbool.h>

struct instance;
struct request;

/* Call `fn` for each, by pm_id. False: the request was refused (a target that nobody has) and is
 * gone. */
bool select_each(struct request *req,
		 void (*fn)(struct request *req, struct instance *inst, void *arg), void *arg);
