/* ecosystem: a file that describes apps, read into specs that can be started. Shapes: `apps:` with
 * a list, one app or a map of names; a single app; a list of apps; PM2's `pm2:` (and `pmc:`) in
 * place of `apps:`. The formats: spec_file.h.
 *
 * Relative paths (script, cwd, logs, pid_file, interpreter) are relative to the file's folder.
 * Every mistake of the file is found at once. It starts nothing and knows no daemon. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "shared/base/str.h"
#include "shared/spec/app_spec.h"
#include "shared/spec/ecosystem_resolve.h"

struct diagnostics;
struct keyval;

#define ECOSYSTEM_APPS_MAX 4096

enum ecosystem_strictness {
	ECOSYSTEM_BY_NAME, /* .yml and .yaml strict, the rest lenient */
	ECOSYSTEM_STRICT,  /* an unknown option is a mistake */
	ECOSYSTEM_LENIENT, /* … a warning */
};

struct ecosystem_options {
	enum ecosystem_strictness strictness;
	const char *caller_dir;		 /* absolute; NULL: the current directory */
	const char *profile;		 /* which env_NAME is used; NULL: none */
	const struct keyval *caller_env; /* for ${NAME}; NULL: our own environment */
	bool names_only; /* for who wants no more: no env files are read, unknown variables stay as
			    they are written */
};

struct ecosystem {
	char *path, *base_dir; /* absolute */
	struct str source;     /* the file's text, for diagnostics_format() */
	struct app_spec *apps; /* resolved, names unique */
	size_t count;
};

void ecosystem_done(struct ecosystem *eco);

/* Does this word look like one of our files? (By its end; "-" is stdin.) */
bool ecosystem_is_file_name(const char *name);

/* Read and check the whole file. -EINVAL after every mistake was added to `diags` (also when it
 * cannot be read at all). `options` may be NULL. `ret_eco` is to be released in any case: its
 * source is there for the messages, apps only on success. Blocks as spec_file_load() does. */
int ecosystem_load(const char *path, const struct ecosystem_options *options,
		   struct ecosystem *ret_eco, struct diagnostics *diags);

/* The same from text that is in memory; `path` names the file and need not exist. */
int ecosystem_parse(const char *path, const char *text, size_t len,
		    const struct ecosystem_options *options, struct ecosystem *ret_eco,
		    struct diagnostics *diags);
