/* new_file: write a file for the user that was not there before. */
#pragma once
#include <stdbool.h>
#include <sys/types.h>

struct pmc_error;
struct str;

/* Whole or not at all. -EEXIST with a hint if it is there, unless `force`; a link there is
 * replaced, not followed. */
int new_file_write(const char *path, const struct str *text, mode_t mode, bool force,
		   struct pmc_error *err);
