#include "cli/log_print.h"

#include <string.h>
#include <unistd.h>

#include "cli/log_source.h"
#include "shared/base/fdio.h"
#include "shared/base/utf8.h"

#define WRITE_AT 65536

void log_print_done(struct log_print *print)
{
	str_done(&print->out);
	str_done(&print->err);
}

static enum style_role role_of(const struct log_source *source)
{
	switch (source->stream) {
	case LOG_STREAM_OUT:
	case LOG_STREAM_ALL:
		return STYLE_OUT_STREAM;
	case LOG_STREAM_ERR:
		return STYLE_ERR_STREAM;
	case LOG_STREAM_DAEMON:
		return STYLE_CHANGE;
	}
	unreachable();
}

static void append_label(const struct log_print *print, const struct log_source *source,
			 struct str *out)
{
	enum style_role role = role_of(source);
	unsigned used;

	str_append(out, style_begin(&print->say->out, role));
	used = utf8_fit(out, source->label, print->label);
	str_append_repeat(out, ' ', print->label - used);
	str_append(out, " |");
	str_append(out, style_end(&print->say->out, role));
	str_append_char(out, ' ');
}

int log_print_line(void *user, const struct log_source *source, const char *line, size_t len)
{
	struct log_print *print = user;
	bool to_err = print->raw && source->stream == LOG_STREAM_ERR;
	struct str *out = to_err ? &print->err : &print->out;

	if (!print->raw)
		append_label(print, source, out);
	if (print->raw && !isatty(to_err ? STDERR_FILENO : STDOUT_FILENO))
		str_append_bytes(out, line, len);
	else
		utf8_escape(out, line, len, false);
	str_append_char(out, '\n');
	return print->out.len + print->err.len > WRITE_AT ? log_print_flush(print) : 0;
}

int log_print_flush(struct log_print *print)
{
	int r = fdio_write_all(STDOUT_FILENO, print->out.data, print->out.len);

	str_clear(&print->out);
	if (r == 0)
		r = fdio_write_all(STDERR_FILENO, print->err.data, print->err.len);
	str_clear(&print->err);
	return r;
}
