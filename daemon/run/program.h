/* program: what is executed for an instance: words, environment, and the paths to try. From a spec;
 * no system calls. */
#pragma once
#include "shared/base/keyval.h"
#include "shared/base/strlist.h"
#include "shared/spec/app_spec.h"

struct identity;

struct program {
	struct strlist argv;
	struct strlist candidates; /* absolute paths, tried in this order (the app's own PATH,
				      looked up at each start) */
	const char *must_read; /* the script an interpreter is given: checked before exec; inside
				  argv. NULL: none */
	char **environ;
};

/* What of an instance its environment tells. */
struct program_facts {
	const struct app_spec *spec;
	const struct keyval *caller_env; /* of the command that started it */
	const struct identity *identity;
	const char *home;   /* $PMC_HOME */
	const char *marker; /* value of PMC_INSTANCE: how its processes are known */
	const char *unique_id, *out_path, *err_path;
	int pm_id, number, instances;
	unsigned restarts;
	int64_t started_us;
};

/* The environment: the caller's as far as filter_env keeps it, then the app's `env`, then what the
 * manager says; of that, PMC_HOME, PM2_HOME, name, namespace, exec_mode and instances may be the
 * app's own. */
void program_environment(const struct program_facts *facts, struct keyval *ret_env);

void program_init(struct program *program, const struct program_facts *facts);
void program_done(struct program *program);
