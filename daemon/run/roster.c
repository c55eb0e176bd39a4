#include "daemon/run/roster.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bus/bus.h"
#include "daemon/core/selector.h"
#include "daemon/keeper/keeper_link.h"
#include "daemon/run/instance_logs.h"
#include "daemon/run/supervisor_private.h"
#include "shared/base/str.h"

struct app *roster_find_app(const struct supervisor *sup, const char *name)
{
	for (struct app *app = sup->apps; app; app = app->next)
		if (strcmp(app->spec.name, name) == 0)
			return app;
	return NULL;
}

void roster_put_app(struct supervisor *sup, const struct app_spec *spec,
		    const struct keyval *caller_env, const char *unique_id, int64_t created_us)
{
	struct app *app = roster_find_app(sup, spec->name);

	if (!app) {
		app = app_create(spec, caller_env, unique_id, created_us, sup->context.home);
		app->next = sup->apps;
		sup->apps = app;
		return;
	}
	app_set(app, spec, caller_env, unique_id);
	for (struct instance *inst = app->instances; inst; inst = inst->next_in_app)
		instance_logs_configure(inst);
}

static void insert_by_pm_id(struct supervisor *sup, struct instance *inst)
{
	size_t at = sup->count;

	sup->instances = mem_resize(sup->instances, sup->count + 1, sizeof(struct instance *));
	while (at > 0 && sup->instances[at - 1]->pm_id > inst->pm_id)
		at--;
	memmove(&sup->instances[at + 1], &sup->instances[at],
		(sup->count - at) * sizeof(struct instance *));
	sup->instances[at] = inst;
	sup->count++;
}

struct instance *roster_place(struct supervisor *sup, struct app *app, int pm_id, int number,
			      int slot)
{
	struct instance *inst =
		instance_create(&sup->context, &sup->observer, app, pm_id, number, slot);
	struct instance **at = &app->instances;

	while (*at && (*at)->number < number)
		at = &(*at)->next_in_app;
	inst->next_in_app = *at;
	*at = inst;
	app->instance_count++;
	insert_by_pm_id(sup, inst);
	if (pm_id >= sup->next_pm_id)
		sup->next_pm_id = pm_id + 1;
	return inst;
}

static void remember_row(struct supervisor *sup, const struct wanted_row *row)
{
	sup->rows = mem_resize(sup->rows, sup->row_count + 1, sizeof(*sup->rows));
	sup->rows[sup->row_count] = *row;
	sup->rows[sup->row_count].app = mem_strdup(row->app);
	sup->row_count++;
}

int roster_put_instance(struct supervisor *sup, const char *name, int pm_id, int number,
			bool wanted, uint64_t generation)
{
	struct app *app = roster_find_app(sup, name);
	struct instance *inst;
	int slot;

	if (!app)
		return -ENOENT;
	if (!sup->begun) {
		struct wanted_row row = {app->spec.name, pm_id, number, wanted, false, generation};

		remember_row(sup, &row);
		return 0;
	}
	slot = slots_claim(sup->context.slots);
	if (slot < 0)
		return slot;
	inst = roster_place(sup, app, pm_id, number, slot);
	instance_publish(inst, EVENT_APP_ADDED, NULL);
	return 0;
}

size_t roster_count(const struct supervisor *sup)
{
	return sup->count;
}

int roster_pm_id_at(const struct supervisor *sup, size_t i)
{
	return sup->instances[i]->pm_id;
}

struct instance *roster_find(const struct supervisor *sup, int pm_id)
{
	size_t low = 0, high = sup->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (sup->instances[middle]->pm_id < pm_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < sup->count && sup->instances[low]->pm_id == pm_id ? sup->instances[low] : NULL;
}

int roster_select(const struct supervisor *sup, const char *target, bool *hits,
		  struct pmc_error *err)
{
	_cleanup_(mem_freep) struct selector_row *rows =
		mem_zalloc((sup->count + 1) * sizeof(*rows));

	for (size_t i = 0; i < sup->count; i++) {
		const struct instance *inst = sup->instances[i];

		rows[i] = (struct selector_row){inst->pm_id, inst->number, inst->app->spec.name,
						inst->app->spec.namespace, inst->app->spec.script};
	}
	return selector_match(target, rows, sup->count, hits, err);
}

const struct app_spec *roster_app_spec(const struct supervisor *sup, const char *name)
{
	const struct app *app = roster_find_app(sup, name);

	return app ? &app->spec : NULL;
}

const struct keyval *roster_app_env(const struct supervisor *sup, const char *name)
{
	const struct app *app = roster_find_app(sup, name);

	return app ? &app->caller_env : NULL;
}

int64_t roster_app_created_us(const struct supervisor *sup, const char *name)
{
	const struct app *app = roster_find_app(sup, name);

	return app ? app->created_us : 0;
}

const char *roster_app_unique_id(const struct supervisor *sup, const char *name)
{
	const struct app *app = roster_find_app(sup, name);

	return app ? app->unique_id : NULL;
}

size_t roster_app_instances(const struct supervisor *sup, const char *name, int *pm_ids,
			    int *numbers, size_t max)
{
	const struct app *app = roster_find_app(sup, name);
	size_t count = 0;

	for (const struct instance *inst = app ? app->instances : NULL; inst;
	     inst = inst->next_in_app) {
		if (inst->deleting)
			continue;
		if (count < max) {
			pm_ids[count] = inst->pm_id;
			numbers[count] = inst->number;
		}
		count++;
	}
	return count;
}

static unsigned staying(const struct app *app)
{
	unsigned count = 0;

	for (const struct instance *inst = app->instances; inst; inst = inst->next_in_app)
		count += !inst->deleting;
	return count;
}

void roster_apps_emptied(const struct supervisor *sup, const int *pm_ids, size_t count,
			 struct strlist *ret_names)
{
	for (struct app *app = sup->apps; app; app = app->next)
		app->chosen = 0;
	for (size_t i = 0; i < count; i++) {
		const struct instance *inst = roster_find(sup, pm_ids[i]);

		if (inst && !inst->deleting)
			inst->app->chosen++;
	}
	for (const struct app *app = sup->apps; app; app = app->next)
		if (app->chosen > 0 && app->chosen == staying(app))
			strlist_add(ret_names, app->spec.name);
}

bool roster_is_reloading(const struct supervisor *sup, const char *name)
{
	const struct app *app = roster_find_app(sup, name);
	const struct instance *inst = app ? app->instances : NULL;

	while (inst && !order_is_under_way(inst, ORDER_RELOAD))
		inst = inst->next_in_app;
	return inst != NULL;
}

int roster_next_pm_id(const struct supervisor *sup)
{
	return sup->next_pm_id;
}

unsigned roster_orphans(const struct supervisor *sup)
{
	unsigned count = 0;

	for (size_t i = 0; i < sup->count; i++) {
		const struct keeper_slot *slot =
			keeper_link_slot(sup->context.link, sup->instances[i]->slot);

		count += instance_pid(sup->instances[i]) > 0 && (slot->flags & SLOT_ORPHAN);
	}
	return count;
}
