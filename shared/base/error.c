#include "shared/base/error.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void start(struct pmc_error *err, int code)
{
	err->code = code;
	err->message[0] = err->hint[0] = err->file[0] = '\0';
	err->line = err->column = 0;
}

int pmc_error_set(struct pmc_error *err, int code, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return code;
	start(err, code);
	va_start(args, fmt);
	vsnprintf(err->message, sizeof(err->message), fmt, args);
	va_end(args);
	return code;
}

int pmc_error_errno(struct pmc_error *err, int code, const char *fmt, ...)
{
	const char *reason = pmc_error_text(code);
	size_t len, room;
	va_list args;

	if (!err)
		return code;
	start(err, code);
	room = sizeof(err->message) - strlen(reason) - 2; /* a long text never hides the reason */
	va_start(args, fmt);
	vsnprintf(err->message, room, fmt, args);
	va_end(args);
	len = strlen(err->message);
	snprintf(err->message + len, sizeof(err->message) - len, ": %s", reason);
	return code;
}

int pmc_error_hint(struct pmc_error *err, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return 0;
	va_start(args, fmt);
	vsnprintf(err->hint, sizeof(err->hint), fmt, args);
	va_end(args);
	return err->code;
}

void pmc_error_at(struct pmc_error *err, const char *file, int line, int column)
{
	if (!err)
		return;
	snprintf(err->file, sizeof(err->file), "%s", file ? file : "");
	err->line = line;
	err->column = column;
}

const char *pmc_error_text(int code)
{
	static _Thread_local char text[96];
	int number = code < 0 ? -code : code;
	const char *known = strerrordesc_np(number);

	if (!known)
		snprintf(text, sizeof(text), "error %d", number);
	else
		snprintf(text, sizeof(text), "%s", known);
	if (!isupper((unsigned char)text[1])) /* but "RPC struct is bad" */
		text[0] = (char)tolower((unsigned char)text[0]);
	return text;
}
