/* error: what a person reads when something did not work.
 *
 * A function that can fail in a way a person must understand takes a last parameter `struct
 * pmc_error *err` and returns a negative errno. NULL is accepted everywhere: then only the number
 * is returned. No allocation: the texts are cut. */
#pragma once
#include <stdbool.h>

#include "shared/base/mem.h"

#define PMC_ERROR_MESSAGE_MAX 768
#define PMC_ERROR_HINT_MAX 512

struct pmc_error {
	int code; /* negative errno, 0: no error */
	char message[PMC_ERROR_MESSAGE_MAX];
	char hint[PMC_ERROR_HINT_MAX]; /* what to do about it; may be empty */
	char file[256];		       /* where; may be empty */
	int line, column;	       /* from 1; 0: not known */
};

/* Fill `err` and return `code` (a negative errno), so that `return pmc_error_set(err, -EINVAL,
 * "…");` reads well. */
int pmc_error_set(struct pmc_error *err, int code, const char *fmt, ...) _printf_(3, 4);

/* The same with ": <text of errno>" behind the message. */
int pmc_error_errno(struct pmc_error *err, int code, const char *fmt, ...) _printf_(3, 4);

/* Say what to do about the error just set. Returns err->code (or 0 if err is NULL). */
int pmc_error_hint(struct pmc_error *err, const char *fmt, ...) _printf_(2, 3);

/* Say where. `file` may be NULL. */
void pmc_error_at(struct pmc_error *err, const char *file, int line, int column);

/* Lower-case text of a negative or positive errno, as strerror() has it in the C locale. */
const char *pmc_error_text(int code);
