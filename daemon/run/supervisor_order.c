#include "daemon/run/supervisor.h"

#include <errno.h>

#include "daemon/run/supervisor_private.h"

void supervisor_order(struct supervisor *sup, struct order *order, int pm_id, enum order_verb verb,
		      uint64_t generation)
{
	static const enum lifecycle_event_type events[] = {
		[ORDER_START] = LIFE_START,
		[ORDER_STOP] = LIFE_STOP,
		[ORDER_RESTART] = LIFE_RESTART,
		[ORDER_RELOAD] = LIFE_RESTART,
	};
	struct instance *inst = roster_find(sup, pm_id);

	if (!inst || inst->closed)
		return;
	order_add(order, inst);
	if (verb == ORDER_DELETE)
		instance_delete(inst, REASON_OPERATOR);
	else
		instance_ask(inst, events[verb], REASON_OPERATOR, generation);
}

int supervisor_order_valid(const struct supervisor *sup, int pm_id, uint64_t generation,
			   struct pmc_error *err)
{
	const struct instance *inst = roster_find(sup, pm_id);

	if (sup->context.ending)
		return pmc_error_set(err, -ESHUTDOWN, "the daemon ends");
	if (!inst || inst->deleting || inst->closed)
		return pmc_error_set(err, -ENOENT, "it was deleted meanwhile");
	if (inst->entry->now.generation > generation)
		return pmc_error_set(err, -ECANCELED, "overridden by a later command");
	return 0;
}

void supervisor_order_drop(struct supervisor *sup, int pm_id, uint64_t generation)
{
	struct instance *inst = roster_find(sup, pm_id);
	struct slot_now now;

	if (!inst || inst->closed || inst->entry->now.generation >= generation)
		return;
	now = inst->entry->now;
	now.generation = generation;
	slots_commit(inst->entry, &now);
}

void supervisor_order_wait(struct supervisor *sup, struct order *order, int pm_id)
{
	struct instance *inst = roster_find(sup, pm_id);

	if (!inst || inst->closed)
		return;
	order_add(order, inst);
	order_look(inst);
}
