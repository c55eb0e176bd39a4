/* Taking over: what the store wants, what the keeper's table and engine.state say, what /proc
 * shows: made one again. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bus/bus.h"
#include "daemon/keeper/keeper_link.h"
#include "daemon/run/instance_exit.h"
#include "daemon/run/instance_logs.h"
#include "daemon/run/instance_start.h"
#include "daemon/run/instance_stop.h"
#include "daemon/run/leftovers.h"
#include "daemon/run/procfs.h"
#include "daemon/run/supervisor_private.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/units.h"

/* Ends older than this are in history for certain. */
#define REPLAY_US (INT64_C(600) * 1000000)

static void set_state(struct instance *inst, enum instance_state state, int64_t timer_ms)
{
	struct slot_now now = inst->entry->now;

	now.life.state = state;
	now.life.leader_gone = 0;
	now.timer_ms = timer_ms;
	slots_commit(inst->entry, &now);
}

/* No process: what was under way goes on from here. */
static void resume_without_process(struct instance *inst)
{
	switch (instance_state(inst)) {
	case STATE_STOPPED:
	case STATE_ERRORED:
		break;
	case STATE_WAITING:
		instance_arm_timer(inst);
		break;
	case STATE_STARTING:
	case STATE_ONLINE:
	case STATE_UNHEALTHY:
	case STATE_DRAINING:
		set_state(inst, STATE_WAITING, clock_now_ms());
		instance_arm_timer(inst);
		break;
	case STATE_STOPPING:
	case STATE_RESTARTING:
		if (inst->entry->now.life.leader_gone) {
			instance_stop_kill(inst);
			inst->observer->on_step(inst, 0, inst->observer->owner);
		} else {
			instance_feed(inst,
				      &(struct lifecycle_event){.type = LIFE_EXIT, .code = -1});
		}
		break;
	}
}

/* A stop goes on at its deadline; a signal that may not have been sent is sent (again): doubled at
 * worst, never lost. */
static void resume_stop(struct instance *inst)
{
	const struct lifecycle *life = &inst->entry->now.life;
	const struct spec_signals *seq = &inst->app->spec.stop_signal;

	if (life->step >= STEP_KILLED)
		instance_stop_kill(inst);
	else if (inst->entry->signalled_step != life->step && life->step > 0 &&
		 life->step <= seq->count)
		instance_stop_signal(inst, seq->step[life->step - 1].signal);
	instance_arm_timer(inst);
}

static void resume_with_process(struct instance *inst)
{
	instance_publish(inst, EVENT_APP_ADOPTED, NULL);
	switch (instance_state(inst)) {
	case STATE_STARTING:
		instance_start_watch_again(inst);
		break;
	case STATE_ONLINE:
	case STATE_UNHEALTHY:
	case STATE_DRAINING:
		break;
	case STATE_STOPPED:
	case STATE_WAITING:
	case STATE_ERRORED:
		set_state(inst, STATE_ONLINE,
			  0); /* what we remember is less true than the process */
		break;
	case STATE_STOPPING:
	case STATE_RESTARTING:
		resume_stop(inst);
		break;
	}
}

/* An orphan's number may have been given to somebody else while nobody looked. */
static bool is_still_it(const struct keeper_slot *slot, int pid)
{
	struct procfs_stat stat;
	int r = procfs_read_stat(pid, &stat);

	if (!(slot->flags & SLOT_ORPHAN))
		return true;
	if (r == -ESRCH)
		return false;
	return r < 0 || slot->start_ticks == 0 || stat.start_ticks == slot->start_ticks;
}

static bool take_process(struct instance *inst)
{
	struct keeper_slot *slot = instance_slot(inst);
	int pid = atomic_load(&slot->pid);
	bool orphan = slot->flags & SLOT_ORPHAN;
	uint32_t expected = SLOT_INTENT;
	struct procfs_stat stat;

	atomic_compare_exchange_strong(&slot->state, &expected, SLOT_RUN);
	inst->entry->seq = slot->seq;
	if (slot->start_ticks == 0 && procfs_read_stat(pid, &stat) == 0)
		slot->start_ticks = stat.start_ticks;
	/* the engine before may have died between the clone and the telling; a start that history
	 * has is not stored twice */
	instance_publish(inst, EVENT_APP_STARTING, NULL);
	instance_logs_adopt(inst, pid);
	if (!is_still_it(slot, pid) || (instance_start_open_pidfd(inst, orphan) < 0 && orphan)) {
		instance_exit_orphan(inst); /* gone while nobody looked: how is not known */
		return false;
	}
	return true;
}

static void resume(struct instance *inst)
{
	struct keeper_slot *slot = instance_slot(inst);
	uint32_t state = atomic_load(&slot->state);

	if ((state == SLOT_INTENT || state == SLOT_RUN) && atomic_load(&slot->pid) > 0) {
		if (take_process(inst))
			resume_with_process(inst);
		return;
	}
	if (keeper_link_shelf(inst->context->link, shelf_index(inst->slot, SHELF_OUT)) >= 0)
		instance_logs_resume(inst);
	if (state == SLOT_EXITED && inst->entry->now.ended_seq != slot->seq) {
		inst->entry->seq = slot->seq;
		instance_exit_begin(inst);
		return;
	}
	atomic_store(&slot->state, SLOT_FREE);
	resume_without_process(inst);
}

/* A command that was stored and not carried out before the engine died. */
static void carry_out_intent(struct instance *inst, const struct wanted_row *row)
{
	enum instance_state state = instance_state(inst);

	if (row->generation <= inst->entry->now.generation)
		return;
	if (!row->wanted)
		instance_ask(inst, LIFE_STOP, REASON_OPERATOR, row->generation);
	else if (state_has_process(state))
		instance_ask(inst, LIFE_RESTART, REASON_OPERATOR, row->generation);
	else
		instance_ask(inst, LIFE_START, REASON_OPERATOR, row->generation);
}

static int find_entry(const struct supervisor *sup, const struct wanted_row *row)
{
	uint64_t key = slots_key(row->app);

	for (int i = 0; i < slots_used(sup->context.slots); i++) {
		const struct slot_entry *entry = slots_entry(sup->context.slots, i);

		if (entry->used && entry->pm_id == row->pm_id && entry->app_key == key)
			return i;
	}
	return -ENOENT;
}

/* engine.state was lost: the process itself says which instance it is (its environment). */
static int find_process(const struct supervisor *sup, const struct wanted_row *row)
{
	uint32_t used = atomic_load(&keeper_link_beat(sup->context.link)->slots_used);

	for (uint32_t i = 0; i < used; i++) {
		struct keeper_slot *slot = keeper_link_slot(sup->context.link, (int)i);
		int pid = atomic_load(&slot->pid);
		int64_t pm_id;
		char text[24];

		if (atomic_load(&slot->state) != SLOT_RUN || pid <= 0 ||
		    slots_claim_at(sup->context.slots, (int)i) < 0)
			continue;
		if (procfs_environ_find(pid, "pm_id=", text, sizeof(text)) == 1 &&
		    units_parse_int(text, &pm_id, NULL) == 0 && pm_id == row->pm_id)
			return (int)i;
		slots_release(sup->context.slots, (int)i);
	}
	return -ENOENT;
}

static void adopt_found(struct supervisor *sup, struct wanted_row *row, int slot)
{
	struct slot_entry *entry = slots_entry(sup->context.slots, slot);
	struct slot_now now = entry->now;

	entry->seq = keeper_link_slot(sup->context.link, slot)->seq;
	entry->started_us = clock_wall_us();
	entry->started_ms = clock_now_ms();
	now.life.state = STATE_ONLINE;
	now.generation = row->generation;
	slots_commit(entry, &now);
}

static void place_row(struct supervisor *sup, struct wanted_row *row)
{
	int slot = find_entry(sup, row);

	if (slot < 0) {
		slot = find_process(sup, row);
		if (slot >= 0)
			adopt_found(sup, row, slot);
	}
	if (slot < 0)
		slot = slots_claim(sup->context.slots);
	if (slot < 0) {
		log_error("no slot for %s: %s", row->app, pmc_error_text(slot));
		return;
	}
	roster_place(sup, roster_find_app(sup, row->app), row->pm_id, row->number, slot);
	row->placed = true;
}

/* Memory of an instance that the store does not know: its deletion was under way, or the store
 * cannot be read. */
static void place_ghost(struct supervisor *sup, int slot, bool known)
{
	struct slot_entry *entry = slots_entry(sup->context.slots, slot);
	struct app *app = roster_find_app(sup, entry->name);
	struct instance *inst;

	if (!app) {
		struct app_spec spec;
		struct keyval env = {0};

		app_spec_init(&spec);
		app_spec_set_text(&spec, SPEC_name, entry->name, NULL);
		app_spec_set_text(&spec, SPEC_script, entry->name, NULL);
		roster_put_app(sup, &spec, &env, "", entry->created_us);
		app_spec_done(&spec);
		app = roster_find_app(sup, entry->name);
	}
	inst = roster_place(sup, app, entry->pm_id, entry->number, slot);
	inst->deleting = known;
}

static void place_ghosts(struct supervisor *sup, bool known)
{
	for (int i = 0; i < slots_used(sup->context.slots); i++) {
		struct slot_entry *entry = slots_entry(sup->context.slots, i);
		struct instance *inst = entry->used ? roster_find(sup, entry->pm_id) : NULL;

		if (entry->used && (!inst || inst->slot != i))
			place_ghost(sup, i, known);
	}
}

/* History may not have seen the newest ends before the engine died; a fact that it has is not
 * stored twice. */
static void replay_ends(struct supervisor *sup)
{
	int64_t now_us = clock_wall_us();

	for (unsigned i = 0; i < SLOTS_RING; i++) {
		const struct slot_end *end = slots_end_at(sup->context.slots, i);

		if (end->seq != 0 && now_us - end->exit_us <= REPLAY_US)
			instance_exit_tell_again(sup->context.bus, end);
	}
}

static void raise_seq(struct supervisor *sup)
{
	uint32_t used = atomic_load(&keeper_link_beat(sup->context.link)->slots_used);

	for (uint32_t i = 0; i < used; i++)
		slots_seq_above(sup->context.slots,
				keeper_link_slot(sup->context.link, (int)i)->seq);
}

static void on_cleared(void *owner)
{
	struct supervisor *sup = owner;

	sup->context.clearing = false;
}

/* Without a table nobody is known: who runs all the same would run twice. */
static void clear_leftovers(struct supervisor *sup)
{
	const struct keeper_header *header = keeper_link_header(sup->context.link);
	_cleanup_(mem_freep) struct leftover *list = NULL;
	size_t count;

	if (header->engine_gen != 1 || header->keeper_gen != 1 || sup->row_count == 0)
		return;
	list = mem_zalloc(LEFTOVERS_MAX * sizeof(*list));
	count = leftovers_find(sup->context.home_id, list, LEFTOVERS_MAX);
	for (size_t i = 0; i < count; i++) {
		struct event event = {.type = EVENT_APP_STRAY,
				      .pm_id = -1,
				      .number = -1,
				      .pid = list[i].pid,
				      .code = -1,
				      .signal = -1};

		snprintf(event.detail, sizeof(event.detail),
			 "pid %d (%s) is left from a lost daemon: it is ended", list[i].pid,
			 list[i].comm);
		bus_publish(sup->context.bus, &event);
	}
	sup->context.clearing = count > 0;
	if (count > 0)
		leftovers_end(sup->context.loop, list, count, on_cleared, sup);
}

int supervisor_adopt(struct supervisor *sup, bool known)
{
	struct instance **all;
	size_t count;
	int adopted = 0;

	raise_seq(sup);
	replay_ends(sup);
	clear_leftovers(sup);
	for (size_t i = 0; i < sup->row_count; i++)
		place_row(sup, &sup->rows[i]);
	place_ghosts(sup, known);
	sup->begun = true;

	count = sup->count;
	all = mem_dup(sup->instances, count * sizeof(struct instance *));
	for (size_t i = 0; i < count; i++) {
		resume(all[i]);
		adopted += instance_pid(all[i]) > 0;
		if (all[i]->deleting)
			instance_delete(all[i], REASON_OPERATOR);
	}
	for (size_t i = 0; i < sup->row_count; i++) {
		if (sup->rows[i].placed)
			carry_out_intent(roster_find(sup, sup->rows[i].pm_id), &sup->rows[i]);
		free(sup->rows[i].app);
	}
	free(sup->rows);
	free(all);
	sup->rows = NULL;
	sup->row_count = 0;
	return adopted;
}
