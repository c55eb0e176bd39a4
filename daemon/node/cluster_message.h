/* cluster_message: what one cluster message of a worker asks for and brings about. Part of
 * cluster_primary. */
#pragma once
#include <jansson.h>

struct cluster_worker;

/* A message with cmd NODE_CLUSTER. What makes no sense is ignored: anything that inherited the
 * descriptor can write it. */
void cluster_message_take(struct cluster_worker *worker, const json_t *body);
