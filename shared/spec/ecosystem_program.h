/* ecosystem_program: what runs a script, by its name and its first bytes. Inside of
 * ecosystem_resolve only. */
#pragma once
#include <stdbool.h>

/* Is there a program of this name (without slash) in `path` (as PATH; NULL: a usual one)? */
bool ecosystem_program_in_path(const char *name, const char *path);

/* The interpreter of a script that was given none: by extension as PM2 does, else "none" for what
 * the kernel can run (or what is not there), else "node". Static string. */
const char *ecosystem_program_interpreter(const char *script, const char *path);

/* bash, or sh where there is none. Static string. */
const char *ecosystem_program_shell(const char *path);
