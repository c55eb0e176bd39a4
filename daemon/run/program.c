#include "daemon/run/program.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/run/identity.h"
#include "shared/base/path.h"
#include "shared/base/str.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static void set_number(struct keyval *env, const char *name, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	keyval_set(env, name, text);
}

/* Another user has another home; what the app's own `env` says wins. */
static void set_user(struct keyval *env, const struct program_facts *facts)
{
	if (!facts->spec->uid)
		return;
	if (facts->identity->home[0] && !keyval_get(&facts->spec->env, "HOME"))
		keyval_set(env, "HOME", facts->identity->home);
	if (!keyval_get(&facts->spec->env, "USER"))
		keyval_set(env, "USER", facts->identity->name);
	if (!keyval_get(&facts->spec->env, "LOGNAME"))
		keyval_set(env, "LOGNAME", facts->identity->name);
}

/* The small set that scripts made for PM2 rely on (its section 5), and ours. */
static void set_manager(struct keyval *env, const struct program_facts *facts)
{
	const struct app_spec *spec = facts->spec;

	keyval_set(env, "PMC_HOME", facts->home);
	keyval_set(env, "PM2_HOME", facts->home);
	keyval_set(env, "PMC_INSTANCE", facts->marker);
	keyval_set(env, "name", spec->name);
	keyval_set(env, "namespace", spec->namespace);
	keyval_set(env, "exec_mode", "fork_mode");
	keyval_set(env, "pm_exec_path", spec->script);
	keyval_set(env, "pm_cwd", spec->cwd ? spec->cwd : "/");
	keyval_set(env, "unique_id", facts->unique_id ? facts->unique_id : "");
	keyval_set(env, "pm_out_log_path", facts->out_path ? facts->out_path : "");
	keyval_set(env, "pm_err_log_path", facts->err_path ? facts->err_path : "");
	set_number(env, "pm_id", facts->pm_id);
	set_number(env, "instances", facts->instances);
	set_number(env, "restart_time", facts->restarts);
	set_number(env, "pm_uptime", facts->started_us / 1000);
	set_number(env, spec->instance_var ? spec->instance_var : "NODE_APP_INSTANCE", facts->number);
	if (app_spec_is_given(spec, SPEC_port))
		set_number(env, "PORT", spec->port);
}

static bool is_interpreter(const struct app_spec *spec)
{
	return spec->interpreter && spec->interpreter[0] && strcmp(spec->interpreter, "none") != 0;
}

void program_environment(const struct program_facts *facts, struct keyval *ret_env)
{
	if (facts->caller_env)
		keyval_copy(ret_env, facts->caller_env);
	set_user(ret_env, facts);
	keyval_merge(ret_env, &facts->spec->env);
	set_manager(ret_env, facts);
	if (is_interpreter(facts->spec) && str_starts(path_base(facts->spec->interpreter), "python") &&
	    !keyval_get(ret_env, "PYTHONUNBUFFERED"))
		keyval_set(ret_env, "PYTHONUNBUFFERED", "1");
}

/* A name with a slash is itself; any other is looked for in PATH as execvp() would. */
static void add_candidates(struct program *program, const char *name, const char *cwd, const char *path_var)
{
	_cleanup_(strlist_done) struct strlist dirs = {0};

	if (strchr(name, '/')) {
		strlist_take(&program->candidates, path_join(cwd, name));
		return;
	}
	strlist_split(&dirs, path_var ? path_var : DEFAULT_PATH, ":");
	for (size_t i = 0; i < dirs.count; i++) {
		_cleanup_(mem_freep) char *dir = path_join(cwd, dirs.items[i]);

		strlist_take(&program->candidates, path_join(dir, name));
	}
}

static void add_words(struct strlist *argv, const struct strlist *words)
{
	for (size_t i = 0; i < words->count; i++)
		strlist_add(argv, words->items[i]);
}

void program_init(struct program *program, const struct program_facts *facts)
{
	_cleanup_(keyval_done) struct keyval env = {0};
	const struct app_spec *spec = facts->spec;
	const char *cwd = spec->cwd ? spec->cwd : "/";

	*program = (struct program){0};
	program_environment(facts, &env);
	if (is_interpreter(spec)) {
		add_candidates(program, spec->interpreter, cwd, keyval_get(&env, "PATH"));
		strlist_add(&program->argv, spec->interpreter);
		add_words(&program->argv, &spec->interpreter_args);
		strlist_add(&program->argv, spec->script);
		program->must_read = program->argv.items[program->argv.count - 1];
	} else {
		add_candidates(program, spec->script, cwd, keyval_get(&env, "PATH"));
		strlist_add(&program->argv, spec->script);
	}
	add_words(&program->argv, &spec->args);
	program->environ = keyval_to_environ(&env);
}

void program_done(struct program *program)
{
	strlist_done(&program->argv);
	strlist_done(&program->candidates);
	free(program->environ);
}
