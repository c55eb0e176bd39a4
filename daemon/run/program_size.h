/* program_size: does the kernel take these words and this environment? Asked before anything is
 * made: E2BIG in the child would say neither how much it is nor what the limit is. */
#pragma once
#include "shared/base/error.h"
#include "shared/spec/app_spec.h"

struct program;

/* -E2BIG: together they are more than a quarter of the app's stack limit, or 6 MiB (execve(2)). */
int program_size_check(const struct program *program, const struct app_spec *spec,
		       struct pmc_error *err);
