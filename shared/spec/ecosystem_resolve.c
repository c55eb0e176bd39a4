#include "shared/spec/ecosystem_resolve.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/diagnostics.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"
#include "shared/spec/ecosystem_program.h"
#include "shared/spec/ecosystem_version.h"
#include "shared/spec/spec_node.h"

#define NAME_BYTES_MAX 200

struct resolving {
	struct app_spec *spec;
	const struct ecosystem_resolve_place *place;
	struct diagnostics *diags;
};

static void set(struct app_spec *spec, enum spec_option option, char **member, char *value)
{
	free(*member);
	*member = value;
	app_spec_mark_given(spec, option);
}

static void say(const struct resolving *r, enum diagnostic_level level, const char *hint,
		char *text)
{
	diagnostics_add(r->diags, level, r->place->file, r->place->line, r->place->column, hint,
			"%s", text);
	free(text);
}

/* "~" expanded, relative to `dir`; new string. */
static char *absolute(const char *dir, const char *path)
{
	_cleanup_(mem_freep) char *expanded = path_expand_home(path);

	return path_join(dir, expanded);
}

/* The PATH the app will have, as far as it is known here. */
static const char *app_path(const struct app_spec *spec)
{
	const char *own = keyval_get(&spec->env, "PATH");

	return own ? own : getenv("PATH");
}

/* Where is a script that was given as `script`? In the file's folder; else (PM2's rules) in its
 * cwd, or where the caller is. New string; NULL: nowhere. */
static char *find_script(const struct resolving *r, const char *script)
{
	_cleanup_(mem_freep) char *here = absolute(r->place->base_dir, script);
	_cleanup_(mem_freep) char *in_cwd = absolute(r->spec->cwd, script);
	_cleanup_(mem_freep) char *at_caller = NULL;

	if (access(here, F_OK) == 0)
		return steal_ptr(&here);
	if (access(in_cwd, F_OK) == 0)
		return steal_ptr(&in_cwd);
	if (!r->place->caller_dir)
		return NULL;
	at_caller = absolute(r->place->caller_dir, script);
	if (access(at_caller, F_OK) < 0)
		return NULL;
	say(r, DIAGNOSTIC_WARNING, "paths are relative to the file's folder",
	    mem_printf("the script '%s' is not in %s; the one in the current directory is used",
		       script, r->place->base_dir));
	return steal_ptr(&at_caller);
}

static bool has_blank(const char *script)
{
	return script[strcspn(script, " \t\n")] != '\0';
}

static bool runs_by_itself(const struct app_spec *spec)
{
	return !spec->interpreter || strcmp(spec->interpreter, "none") == 0;
}

/* bash -c "the script and its args". */
static void become_command_line(struct app_spec *spec)
{
	struct str line = {};

	str_append(&line, spec->script);
	for (size_t i = 0; i < spec->args.count; i++) {
		str_append_char(&line, ' ');
		option_quote(spec->args.items[i], &line);
	}
	strlist_done(&spec->args);
	strlist_add(&spec->args, "-c");
	strlist_take(&spec->args, str_steal(&line));
	app_spec_mark_given(spec, SPEC_args);
	set(spec, SPEC_script, &spec->script, mem_strdup(ecosystem_program_shell(app_path(spec))));
	set(spec, SPEC_interpreter, &spec->interpreter, mem_strdup("none"));
}

static void resolve_script(const struct resolving *r)
{
	struct app_spec *spec = r->spec;
	char *found = find_script(r, spec->script);

	if (found) {
		set(spec, SPEC_script, &spec->script, found);
	} else if (runs_by_itself(spec) && has_blank(spec->script)) {
		become_command_line(spec);
	} else if (runs_by_itself(spec) &&
		   ecosystem_program_in_path(spec->script, app_path(spec))) {
		set(spec, SPEC_interpreter, &spec->interpreter, mem_strdup("none"));
	} else {
		set(spec, SPEC_script, &spec->script, absolute(r->place->base_dir, spec->script));
	}
}

static void resolve_interpreter(const struct resolving *r)
{
	struct app_spec *spec = r->spec;

	if (!spec->interpreter)
		set(spec, SPEC_interpreter, &spec->interpreter,
		    mem_strdup(ecosystem_program_interpreter(spec->script, app_path(spec))));
}

static void resolve_file(struct app_spec *spec, const char *dir, enum spec_option option,
			 char **member)
{
	if (!*member || (option == SPEC_log_file && strcmp(*member, SPEC_LOG_FILE_DEFAULT) == 0))
		return;
	if (strcmp(*member, "NULL") == 0)
		set(spec, option, member, mem_strdup("/dev/null"));
	else
		set(spec, option, member, absolute(dir, *member));
}

void ecosystem_resolve_paths(struct app_spec *spec, const char *base_dir)
{
	if (spec->cwd)
		set(spec, SPEC_cwd, &spec->cwd, absolute(base_dir, spec->cwd));
	if (spec->interpreter && (strchr(spec->interpreter, '/') || *spec->interpreter == '~'))
		set(spec, SPEC_interpreter, &spec->interpreter,
		    absolute(base_dir, spec->interpreter));
	resolve_file(spec, base_dir, SPEC_out_file, &spec->out_file);
	resolve_file(spec, base_dir, SPEC_error_file, &spec->error_file);
	resolve_file(spec, base_dir, SPEC_log_file, &spec->log_file);
	resolve_file(spec, base_dir, SPEC_pid_file, &spec->pid_file);
	for (size_t i = 0; i < spec->env_file.count; i++) {
		char *path = absolute(base_dir, spec->env_file.items[i]);

		free(spec->env_file.items[i]);
		spec->env_file.items[i] = path;
	}
}

char *ecosystem_resolve_name(const char *script)
{
	_cleanup_(mem_freep) char *trimmed = mem_strdup(script);
	size_t len = strlen(trimmed), kept = 0, step;
	const char *base, *dot;
	struct str name = {};
	uint32_t code;

	while (len > 0 && trimmed[len - 1] == '/') /* a folder, which node can run */
		trimmed[--len] = '\0';
	base = path_base(trimmed);
	dot = strrchr(base, '.');
	len = strlen(base);
	if (dot && dot > base)
		len = (size_t)(dot - base);
	for (size_t i = 0; i < len && kept < NAME_BYTES_MAX; i += step) {
		step = utf8_decode(base + i, len - i, &code);
		if (!step || utf8_harmful(code) || code == '\t') {
			step = step ? step : 1;
			str_append_char(&name, '-');
		} else if (kept + step <= NAME_BYTES_MAX) {
			str_append_bytes(&name, base + i, step);
		}
		kept += step;
	}
	return str_steal(&name);
}

static void resolve_name(const struct resolving *r, const char *script)
{
	char *name = ecosystem_resolve_name(script);
	const char *bad = spec_node_bad_name(name);

	if (bad)
		say(r, DIAGNOSTIC_ERROR, "give the app a name",
		    mem_printf("the name '%s', which the script gives it, %s", name, bad));
	set(r->spec, SPEC_name, &r->spec->name, name);
}

static void resolve_version(struct app_spec *spec)
{
	char *version = spec->version ? NULL : ecosystem_version_find(spec);

	if (version)
		set(spec, SPEC_version, &spec->version, version);
}

void ecosystem_resolve_at(struct app_spec *spec, const struct ecosystem_resolve_place *place,
			  struct diagnostics *diags)
{
	const struct resolving r = {.spec = spec, .place = place, .diags = diags};

	if (!spec->name)
		resolve_name(&r, spec->script);
	ecosystem_resolve_paths(spec, place->base_dir);
	if (!spec->cwd)
		set(spec, SPEC_cwd, &spec->cwd, absolute(place->base_dir, "."));
	resolve_script(&r);
	resolve_interpreter(&r);
	resolve_version(spec);
}

void ecosystem_resolve(struct app_spec *spec, const char *base_dir, const char *caller_dir,
		       struct diagnostics *diags)
{
	const struct ecosystem_resolve_place place = {.base_dir = base_dir,
						      .caller_dir = caller_dir};

	ecosystem_resolve_at(spec, &place, diags);
}
