/* path: names of files, as text. No system calls but getcwd() and the look-up of a home directory.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* A new string: `dir`/`name`, or `name` alone if it is absolute. "." and ".." are folded textually,
 * doubled slashes too. */
char *path_join(const char *dir, const char *name);

/* Absolute form of `path` relative to the current directory; folded. NULL if the current directory
 * is gone. */
char *path_absolute(const char *path);

/* "~" and "~/x" and "~user/x" expanded; a copy otherwise. */
char *path_expand_home(const char *path);

const char *path_base(const char *path);      /* behind the last slash, inside `path` */
char *path_dir(const char *path);	      /* a new string; "." when there is no slash */
const char *path_extension(const char *path); /* ".js", inside `path`; "" when there is none */

/* A name fit for a file: every ASCII byte outside [A-Za-z0-9.\-\\_] becomes '-' (PM2's rule, '_'
 * kept; it takes letters of other scripts too, which would make one file of two apps), never empty,
 * never starting with '.', at most 200 bytes. New string. */
char *path_clean_name(const char *name);
