/* facts: what is true of an instance now, for people and programs: values only, nothing is changed
 * by asking. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "shared/base/keyval.h"
#include "shared/model/state.h"
#include "shared/spec/app_spec.h"

struct instance;

struct facts {
	int pm_id, number, pid;
	enum instance_state state;
	unsigned restarts, unstable_restarts;
	int64_t started_us, created_us, uptime_ms;
	int64_t next_start_ms; /* waiting: from now; -1 */
	bool orphan;
	const struct app_spec
		*spec; /* these four belong to the app: valid until the next loop turn */
	const char *unique_id, *version;
	const char *last_cause; /* NULL: it has not ended yet */
	const char *stderr_tail, *log_trouble;
	int last_code, last_signal;
	bool last_core;
	int64_t last_exit_us, last_life_ms;
	char *reason, *user, *process_trouble;		 /* owned */
	char *out_path, *err_path, *log_path, *pid_path; /* owned; NULL: none */
};

/* `whole` false leaves out the paths and the last end. */
void facts_fill(struct instance *inst, bool whole, struct facts *ret_facts);
void facts_done(struct facts *facts);

/* One sentence: why it is not running; NULL when it is, or rests because somebody asked for it. New
 * string. */
char *facts_reason(const struct instance *inst);

/* The whole environment its next process would get. */
void facts_environment(struct instance *inst, struct keyval *ret_env);

/* CPU since the last question (100 is one core; since its start at the first) and RSS of the
 * leader, from /proc. 0 when there is no process. */
void facts_usage(struct instance *inst, double *ret_cpu_percent, int64_t *ret_memory_bytes);
