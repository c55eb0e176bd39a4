/* interpolate: ${NAME} and ${NAME:-default} in a text become the values of variables. Pure.
 *
 * Only the braced form: a plain $NAME is the shell's. The default is taken when the variable is not
 * set or empty, and may have ${…} in it. Two dollars before a brace are one dollar that is left
 * alone: $${NAME} gives ${NAME}; dollars anywhere else mean themselves. What is put in is not
 * looked at again. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct keyval;
struct pmc_error;
struct str;

#define INTERPOLATE_SCOPES_MAX 3
#define INTERPOLATE_DEPTH_MAX 8

struct interpolate {
	const struct keyval
		*scopes[INTERPOLATE_SCOPES_MAX]; /* the first that has it; may be NULL */
	size_t budget;				 /* bytes that may still be made; grows smaller */
};

/* Is there anything to replace? */
bool interpolate_wanted(const char *text);

/* Append the result to `out` (its content is undefined after a mistake). Errors: -ENOENT a variable
 * is not set and has no default; -EINVAL what is no ${NAME}; -E2BIG the budget is spent. */
int interpolate_append(struct interpolate *in, const char *text, struct str *out,
		       struct pmc_error *err);

/* Append `text` so that interpolate_append() gives it back as it is. */
void interpolate_escape(const char *text, struct str *out);
