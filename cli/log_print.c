#include "cli/log_print.h"

#include <string.h>
#include <unistd.h>

#include "cli/log_set.h"
#include "shared/base/fdio.h"
#include "shared/base/utf8.h"

#define WRITE_AT 65536

void log_print_done(struct log_print *print)
{
	str_done(&print->out);
	str_done(&print->err);
}

static enum style_role role_of(const struct log_set_file *file)
{
	switch (file->stream) {
	case LOG_SET_STREAM_OUT:
	case LOG_SET_STREAM_ALL:
		return STYLE_OUT_STREAM;
	case LOG_SET_STREAM_ERR:
		return STYLE_ERR_STREAM;
	case LOG_SET_STREAM_DAEMON:
		return STYLE_CHANGE;
	}
	unreachable();
}

static void append_label(const struct log_print *print, const struct log_set_file *file,
			 struct str *out)
{
	enum style_role role = role_of(file);
	unsigned used;

	str_append(out, style_begin(&print->say->out, role));
	used = utf8_fit(out, file->label, print->label);
	if (used < print->label)
		str_append_repeat(out, ' ', print->label - used);
	str_append(out, " |");
	str_append(out, style_end(&print->say->out, role));
	str_append_char(out, ' ');
}

/* What an app wrote to stderr goes there too when nothing says in front which it was. */
static struct str *place_of(struct log_print *print, const struct log_set_file *file)
{
	return print->raw && file->stream == LOG_SET_STREAM_ERR ? &print->err : &print->out;
}

void log_print_close(struct log_print *print)
{
	if (print->open)
		str_append_char(place_of(print, print->open), '\n');
	print->open = NULL;
}

void log_print_line(void *owner, void *tag, const struct logfile_line *line)
{
	struct log_print *print = owner;
	const struct log_set_file *file = tag;
	struct str *out = place_of(print, file);
	int fd = out == &print->err ? STDERR_FILENO : STDOUT_FILENO;

	if (print->open != file)
		log_print_close(print);
	if (!print->raw && !print->open)
		append_label(print, file, out);
	if (print->raw && !isatty(fd))
		str_append_bytes(out, line->text, line->len);
	else
		utf8_escape(out, line->text, line->len, false);
	print->open = line->open ? file : NULL;
	if (!line->open)
		str_append_char(out, '\n');
	if (print->out.len + print->err.len > WRITE_AT)
		log_print_flush(print);
}

void log_print_text(struct log_print *print, const char *text)
{
	log_print_close(print);
	str_append(&print->out, text);
}

static void write_one(struct log_print *print, int fd, struct str *text)
{
	if (print->failed == 0 && text->len > 0)
		print->failed = fdio_write_all(fd, text->data, text->len);
	str_clear(text);
}

int log_print_flush(struct log_print *print)
{
	write_one(print, STDOUT_FILENO, &print->out);
	write_one(print, STDERR_FILENO, &print->err);
	return print->failed;
}
