#include "daemon/run/program.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/run/identity.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/spec/env_filter.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Beyond those of caller and app: what set_user(), set_manager() and is_python() may add. */
#define OWN_MAX 24
#define NUMBERS_MAX 8

/* Variables while they are put together. Nothing is copied before the vector is made: an
 * environment is two allocations, not hundreds, of which each would touch another page of a heap
 * that the last clone has made copy-on-write. */
struct variables {
	struct variable {
		const char *name, *value;
	} * items;
	size_t count;
	char numbers[NUMBERS_MAX][24];
	size_t number_count;
};

static struct variable *find(const struct variables *vars, const char *name)
{
	for (size_t i = 0; i < vars->count; i++)
		if (vars->items[i].name[0] == name[0] && strcmp(vars->items[i].name, name) == 0)
			return &vars->items[i];
	return NULL;
}

static void set(struct variables *vars, const char *name, const char *value)
{
	struct variable *there = find(vars, name);

	if (there)
		there->value = value;
	else
		vars->items[vars->count++] = (struct variable){name, value};
}

static void set_number(struct variables *vars, const char *name, int64_t number)
{
	char *text = vars->numbers[vars->number_count++];

	assert(vars->number_count <= NUMBERS_MAX);
	snprintf(text, sizeof(vars->numbers[0]), "%" PRId64, number);
	set(vars, name, text);
}

/* Another user has another home; what the app's own `env` says wins. */
static void set_user(struct variables *vars, const struct program_facts *facts)
{
	if (!facts->spec->uid)
		return;
	if (facts->identity->home[0] && !keyval_get(&facts->spec->env, "HOME"))
		set(vars, "HOME", facts->identity->home);
	if (!keyval_get(&facts->spec->env, "USER"))
		set(vars, "USER", facts->identity->name);
	if (!keyval_get(&facts->spec->env, "LOGNAME"))
		set(vars, "LOGNAME", facts->identity->name);
}

/* Words that an app may use for itself: what its own `env` says wins. */
static void set_unless_own(struct variables *vars, const struct program_facts *facts,
			   const char *name, const char *value)
{
	if (!keyval_get(&facts->spec->env, name))
		set(vars, name, value);
}

/* An increment_var counts from what the environment has, 0 if that is no number. */
static void set_counter(struct variables *vars, const struct program_facts *facts)
{
	const char *name = facts->spec->increment_var;
	const struct variable *first = name ? find(vars, name) : NULL;
	char *end = NULL;
	int64_t from = 0;

	if (!name)
		return;
	if (first && *first->value) {
		errno = 0;
		from = strtoll(first->value, &end, 10);
		if (errno || *end || from > INT64_MAX - facts->number)
			from = 0;
	}
	set_number(vars, name, from + facts->number);
}

/* The small set that scripts made for PM2 rely on (its section 5), and ours. */
static void set_manager(struct variables *vars, const struct program_facts *facts)
{
	const struct app_spec *spec = facts->spec;

	set_unless_own(vars, facts, "PMC_HOME", facts->home);
	set_unless_own(vars, facts, "PM2_HOME", facts->home);
	set_unless_own(vars, facts, "name", spec->name);
	set_unless_own(vars, facts, "namespace", spec->namespace);
	set_unless_own(vars, facts, "exec_mode", "fork_mode");
	set(vars, "PMC_INSTANCE", facts->marker);
	set(vars, "pm_exec_path", spec->script);
	set(vars, "pm_cwd", spec->cwd ? spec->cwd : "/");
	set(vars, "unique_id", facts->unique_id ? facts->unique_id : "");
	set(vars, "pm_out_log_path", facts->out_path ? facts->out_path : "");
	set(vars, "pm_err_log_path", facts->err_path ? facts->err_path : "");
	set_number(vars, "pm_id", facts->pm_id);
	if (!keyval_get(&spec->env, "instances"))
		set_number(vars, "instances", facts->instances);
	set_number(vars, "restart_time", facts->restarts);
	set_number(vars, "pm_uptime", facts->started_us / 1000);
	set_number(vars, spec->instance_var ? spec->instance_var : "NODE_APP_INSTANCE",
		   facts->number);
	if (app_spec_is_given(spec, SPEC_port))
		set_number(vars, "PORT", spec->port);
	set_counter(vars, facts);
}

static bool is_interpreter(const struct app_spec *spec)
{
	return spec->interpreter && spec->interpreter[0] && strcmp(spec->interpreter, "none") != 0;
}

static bool is_python(const struct app_spec *spec)
{
	return is_interpreter(spec) && str_starts(path_base(spec->interpreter), "python");
}

static void collect(struct variables *vars, const struct program_facts *facts)
{
	const struct keyval *caller = facts->caller_env, *own = &facts->spec->env;
	size_t callers = caller ? caller->count : 0;

	*vars = (struct variables){0};
	vars->items = mem_resize(NULL, callers + own->count + OWN_MAX, sizeof(*vars->items));
	for (size_t i = 0; i < callers; i++)
		if (env_filter_keeps(&facts->spec->filter_env, caller->pairs[i].name))
			vars->items[vars->count++] =
				(struct variable){caller->pairs[i].name, caller->pairs[i].value};
	set_user(vars, facts);
	for (size_t i = 0; i < own->count; i++)
		set(vars, own->pairs[i].name, own->pairs[i].value);
	set_manager(vars, facts);
	if (is_python(facts->spec) && !find(vars, "PYTHONUNBUFFERED"))
		set(vars, "PYTHONUNBUFFERED", "1");
}

/* "A=1" strings behind their NULL-terminated vector, in one piece. */
static char **to_environ(const struct variables *vars)
{
	size_t bytes = (vars->count + 1) * sizeof(char *);
	char **vector, *text;

	for (size_t i = 0; i < vars->count; i++)
		bytes += strlen(vars->items[i].name) + strlen(vars->items[i].value) + 2;
	vector = mem_zalloc(bytes);
	text = (char *)(vector + vars->count + 1);
	for (size_t i = 0; i < vars->count; i++) {
		vector[i] = text;
		text = stpcpy(text, vars->items[i].name);
		*text++ = '=';
		text = stpcpy(text, vars->items[i].value) + 1;
	}
	return vector;
}

void program_environment(const struct program_facts *facts, struct keyval *ret_env)
{
	struct variables vars;

	collect(&vars, facts);
	for (size_t i = 0; i < vars.count; i++)
		keyval_add(ret_env, vars.items[i].name, vars.items[i].value);
	free(vars.items);
}

/* A name with a slash is itself; any other is looked for in PATH as execvp() would. */
static void add_candidates(struct program *program, const char *name, const char *cwd,
			   const char *path_var)
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

/* Where the program is looked for: in its own PATH, in the caller's if that is filtered out. */
static const char *look_up_path(const struct variables *vars, const struct program_facts *facts)
{
	const struct variable *own = find(vars, "PATH");

	if (own)
		return own->value;
	return facts->caller_env ? keyval_get(facts->caller_env, "PATH") : NULL;
}

void program_init(struct program *program, const struct program_facts *facts)
{
	const struct app_spec *spec = facts->spec;
	const char *cwd = spec->cwd ? spec->cwd : "/", *path;
	struct variables vars;

	*program = (struct program){0};
	collect(&vars, facts);
	path = look_up_path(&vars, facts);
	if (is_interpreter(spec)) {
		add_candidates(program, spec->interpreter, cwd, path);
		strlist_add(&program->argv, spec->interpreter);
		add_words(&program->argv, &spec->interpreter_args);
		strlist_add(&program->argv, spec->script);
		program->must_read = program->argv.items[program->argv.count - 1];
	} else {
		add_candidates(program, spec->script, cwd, path);
		strlist_add(&program->argv, spec->script);
	}
	add_words(&program->argv, &spec->args);
	program->environ = to_environ(&vars);
	free(vars.items);
}

void program_done(struct program *program)
{
	strlist_done(&program->argv);
	strlist_done(&program->candidates);
	free(program->environ);
}
