/* diagnostics: every mistake of a file, collected, so that a user fixes it once.
 *
 * A reader adds errors and warnings with their place while it goes on; the caller prints them all
 * and decides. Holds at most DIAGNOSTICS_MAX; what comes after is counted. Pure: printing goes into
 * a struct str. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "shared/base/mem.h"

struct str;

#define DIAGNOSTICS_MAX 100

enum diagnostic_level { DIAGNOSTIC_WARNING, DIAGNOSTIC_ERROR };

struct diagnostic {
	enum diagnostic_level level;
	char *file;	  /* as the user named it; NULL: no file (command line) */
	int line, column; /* from 1; 0: not known */
	char *message;
	char *hint; /* "did you mean 'max_memory_restart'?"; may be NULL */
};

struct diagnostics {
	struct diagnostic *items;
	size_t count;
	size_t dropped; /* beyond DIAGNOSTICS_MAX */
	size_t errors;	/* of level ERROR, dropped ones too */
	const char
		*source_file; /* whose text diagnostics_format() gets; NULL: all are of one file */
};

void diagnostics_done(struct diagnostics *diags);

/* Add one. `file` and `hint` may be NULL; all texts are copied. */
void diagnostics_add(struct diagnostics *diags, enum diagnostic_level level, const char *file,
		     int line, int column, const char *hint, const char *fmt, ...) _printf_(7, 8);

/* Append all of them as `file:line:column: message; hint` lines to `out`, errors and warnings in
 * the order of their places. With `source` (the text of the file, may be NULL) each is followed by
 * its source line and a caret, and the hint stands behind the caret. Control bytes of the source
 * are escaped. */
void diagnostics_format(const struct diagnostics *diags, const char *source, size_t source_len,
			struct str *out);
