/* sample: instances as a machine would have them, for the tests that draw. */
#pragma once
#include <jansson.h>
#include <string.h>

#include "shared/base/mem.h"
#include "shared/model/app_view.h"

static inline struct app_view sample_view(int pm_id, const char *name, enum instance_state state)
{
	bool runs = state_has_process(state);

	return (struct app_view){
		.pm_id = pm_id,
		.name = mem_strdup(name),
		.namespace = mem_strdup("default"),
		.state = state,
		.pid = runs ? 81200 + pm_id : 0,
		.mode = mem_strdup("fork"),
		.user = mem_strdup("www-data"),
		.restarts = 3,
		.started_us = 1700000000000000,
		.created_us = 1690000000000000,
		.uptime_ms = runs ? 7380000 : 0,
		.next_start_ms = state == STATE_WAITING ? 1500 : -1,
		.cpu_percent = runs ? 1.25 : 0,
		.memory_bytes = runs ? 55260000 : 0,
		.last_code = -1,
		.last_signal = -1,
	};
}

/* What the short record has not: paths, the last exit, spec and environment. */
static inline void sample_whole(struct app_view *view)
{
	view->script = mem_strdup("/srv/web/server.js");
	view->cwd = mem_strdup("/srv/web");
	view->interpreter = mem_strdup("node");
	view->out_path = mem_strdup("/home/me/.pmc/logs/web-out.log");
	view->err_path = mem_strdup("/home/me/.pmc/logs/web-error.log");
	view->pid_path = mem_strdup("/home/me/.pmc/pids/web-0.pid");
	view->unique_id = mem_strdup("0b1c2d3e-0000-4000-8000-000000000001");
	view->spec = json_pack("{s:s, s:s, s:[s,s], s:i, s:i, s:s, s:{s:s}}", "name", view->name,
			       "script", view->script, "args", "--port", "8080", "kill_timeout",
			       5000, "instances", 2, "max_memory_restart", "100M", "env_production",
			       "MODE", "fast");
	view->env = json_pack("{s:s, s:s}", "GREETING", "hello", "DB_PASSWORD", "••••");
}
