/* ecosystem_resolve: from what the user wrote to what can be started: absolute paths, the
 * interpreter, shell command lines, the name. For apps of a file and for `pmc start SCRIPT` alike.
 * It looks at files, and changes none.
 *
 * Afterwards `script` is an absolute path, or (without a slash) the name of a program that is
 * looked up in the app's own PATH at each start; a script that is missing is no mistake here: its
 * start says so. */
#pragma once
#include "shared/spec/app_spec.h"

struct diagnostics;

struct ecosystem_resolve_place {
	const char *base_dir;	/* absolute: the folder of the file, or the caller's directory */
	const char *caller_dir; /* where a script may be as well (PM2's rule), with a warning; NULL:
				   nowhere */
	const char *file;	/* for the messages; may be NULL */
	int line, column;
};

/* Only what is relative to the folder, as far as it was given: cwd, logs, pid_file, env_file, an
 * interpreter with a slash. */
void ecosystem_resolve_paths(struct app_spec *spec, const char *base_dir);

/* `script` must be given. What is found out is marked as given. Mistakes (a name that cannot be)
 * and warnings go to `diags`. */
void ecosystem_resolve(struct app_spec *spec, const char *base_dir, const char *caller_dir,
		       struct diagnostics *diags);

/* The same with a place for the messages. */
void ecosystem_resolve_at(struct app_spec *spec, const struct ecosystem_resolve_place *place,
			  struct diagnostics *diags);

/* The name of an app that was given none: the script's base name without its last extension. New
 * string. */
char *ecosystem_resolve_name(const char *script);
