/* supervisor_private: the supervisor's memory, shared by its own files only. */
#pragma once
#include "daemon/loop/handles.h"
#include "daemon/run/context.h"
#include "daemon/run/instance.h"
#include "daemon/run/supervisor.h"

/* A row of the store that waits for supervisor_adopt(). */
struct wanted_row {
	char *app;
	int pm_id, number;
	bool wanted, placed;
	uint64_t generation;
};

struct supervisor {
	struct run_context context;
	struct instance_observer observer;
	struct app *apps;
	struct instance **instances; /* by pm_id */
	size_t count;
	int next_pm_id;
	struct handles handles;
	uv_timer_t tree_timer; /* runs while only descendants are left somewhere */
	uint32_t orphans_reaped;
	char *safe_why, *cgroup_note, *user;
	struct wanted_row *rows; /* until supervisor_adopt() */
	size_t row_count;
	bool begun;
	void (*end_fn)(void *owner);
	void *end_owner;
	void (*destroy_fn)(void *owner);
	void *destroy_owner;
};
