#include "cli/out/say.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/fdio.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

void say_init(struct say *say, const char *program, bool no_color, bool silent)
{
	say->tag = str_equal(path_base(program), "pm2") ? "[PM2]" : "[pmc]";
	say->out = style_detect(STDOUT_FILENO, no_color);
	say->err = style_detect(STDERR_FILENO, no_color);
	say->silent = silent;
}

/* One tagged line. A terminal that is gone is nobody's business here. */
static void tagged(const struct say *say, int fd, enum style_role role, const char *level,
		   const char *fmt, va_list args) _printf_(5, 0);

static void tagged(const struct say *say, int fd, enum style_role role, const char *level,
		   const char *fmt, va_list args)
{
	const struct style *style = fd == STDOUT_FILENO ? &say->out : &say->err;
	_cleanup_(str_done) struct str text = {}, line = {};

	str_appendv(&text, fmt, args);
	style_appendf(style, &line, role, "%s%s", say->tag, level);
	str_append_char(&line, ' ');
	utf8_escape(&line, str_cstr(&text), text.len, true);
	str_append_char(&line, '\n');
	(void)fdio_write_all(fd, line.data, line.len);
}

void say_info(const struct say *say, const char *fmt, ...)
{
	va_list args;

	if (say->silent)
		return;
	va_start(args, fmt);
	tagged(say, STDOUT_FILENO, STYLE_GOOD, "", fmt, args);
	va_end(args);
}

void say_warn(const struct say *say, const char *fmt, ...)
{
	va_list args;

	if (say->silent)
		return;
	va_start(args, fmt);
	tagged(say, STDERR_FILENO, STYLE_WARN, "[WARN]", fmt, args);
	va_end(args);
}

void say_fail(const struct say *say, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	tagged(say, STDERR_FILENO, STYLE_BAD, "[ERROR]", fmt, args);
	va_end(args);
}

void say_hint(const struct say *say, const char *hint)
{
	_cleanup_(str_done) struct str line = {};

	if (!hint || !*hint)
		return;
	str_append(&line, "      ");
	str_append(&line, style_begin(&say->err, STYLE_DIM));
	utf8_escape(&line, hint, strlen(hint), true);
	str_append(&line, style_end(&say->err, STYLE_DIM));
	str_append_char(&line, '\n');
	(void)fdio_write_all(STDERR_FILENO, line.data, line.len);
}

int say_error(const struct say *say, const struct pmc_error *err)
{
	if (err->file[0] && err->line > 0)
		say_fail(say, "%s:%d:%d: %s", err->file, err->line, err->column, err->message);
	else if (err->file[0])
		say_fail(say, "%s: %s", err->file, err->message);
	else
		say_fail(say, "%s", err->message);
	say_hint(say, err->hint);
	return 1;
}

int say_text(const struct say *say, const char *text, size_t len)
{
	int r = fdio_write_all(STDOUT_FILENO, text, len);

	if (r == 0 || r == -EPIPE)
		return 0;
	say_fail(say, "cannot write the output: %s", pmc_error_text(r));
	return 1;
}
