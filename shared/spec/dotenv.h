/* dotenv: files of NAME=value lines, as npm's dotenv reads them. Pure: text in, variables out.
 *
 * Blank lines and lines that begin with '#' are left out, `export` before a name too. Blanks around
 * '=' and the value do not count. '…' is taken as it is; "…" knows \n \r \t \" \\ \$; "…", `…` and
 * values without quotes have their ${NAME} and ${NAME:-default} replaced (see interpolate). Text in
 * quotes may go over several lines. A value without quotes ends at '#'. What dotenv skips silently
 * (a line that is no NAME=value, a quote that is not closed) is a mistake here. */
#pragma once
#include <stddef.h>

struct diagnostics;
struct keyval;

#define DOTENV_FILE_MAX (1 << 20)
#define DOTENV_VARIABLES_MAX 4096

/* Set the variables of the file in `vars`, which may have those of files before: they are seen by
 * ${NAME}, before those of `outer` (may be NULL). `file` is for the messages. -EINVAL after every
 * mistake was added to `diags`; then `vars` is as it was. */
int dotenv_parse(const char *text, size_t len, const char *file, const struct keyval *outer,
		 struct keyval *vars, struct diagnostics *diags);
