/* action: the answer to a command that acts on instances: one row for each, and how many failed.
 *
 * It collects rows until every instance came to rest, tells progress on the way, then answers the
 * request. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "daemon/run/supervisor.h"
#include "shared/base/error.h"

struct action;
struct request;
struct strlist;

/* The request is answered and gone when the action is done. */
struct action *action_create(struct request *req);

/* A row that needs no waiting. `name` may be a target nobody has (pm_id -1). */
void action_add(struct action *action, const char *name, int pm_id, int number, bool ok,
		const struct pmc_error *err);

/* Carry out `verb` on an instance and wait for it; with `again` only wait. */
void action_order(struct action *action, int pm_id, enum order_verb verb, uint64_t generation,
		  bool again);

/* The parameter `parallel` of a request: 1 to 4096; `*ret` stays as it is where it is not given.
 * -EINVAL. */
int action_read_parallel(const struct request *req, size_t *ret_at_a_time, struct pmc_error *err);

/* Only `at_a_time` instances at once (0: all), and none more after a failure if `stop_at_failure`:
 * those are left as they are and told so. Before the first action_order(); deletions, and starts
 * where others reload, have no turns.
 */
void action_pace(struct action *action, size_t at_a_time, bool stop_at_failure);

/* Nothing more will be added: answer as soon as nothing is pending. */
void action_seal(struct action *action);

/* Targets that nobody has are no failures: they were done away with when this request came first.
 */
void action_forgive(struct action *action);

/* A sentence for the reply, beside the rows. */
void action_note(struct action *action, const char *note);

/* Nothing was ordered and nothing will be answered here: the request is refused instead. */
void action_cancel(struct action *action);

/* Which instances do the request's `targets` mean? `*ret_pm_ids` (ascending, once each) is the
 * caller's to free; targets nobody has become rows of `action`. Returns how many instances. */
size_t action_select(struct action *action, const struct strlist *targets, int **ret_pm_ids);
