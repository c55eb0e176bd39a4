#include "cli/log_print.h"

#include <string.h>
#include <unistd.h>

#include "cli/log_set.h"
#include "cli/out/json.h"
#include "shared/base/clock.h"
#include "shared/base/fdio.h"
#include "shared/base/utf8.h"
#include "shared/model/json_text.h"

#define WRITE_AT 65536
#define DEFAULT_TIME "YYYY-MM-DD-HH:mm:ss"

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
	bool err = print->form == LOG_PRINT_RAW && file->stream == LOG_SET_STREAM_ERR;

	return err ? &print->err : &print->out;
}

void log_print_close(struct log_print *print)
{
	if (print->open)
		str_append_char(place_of(print, print->open), '\n');
	print->open = NULL;
}

static void append_time(const struct log_print *print, struct str *out)
{
	clock_format(out, print->time_format ? print->time_format : DEFAULT_TIME, clock_wall_us());
}

/* An arrival has a time only when it was seen. */
static json_t *json_time(const struct log_print *print)
{
	_cleanup_(str_done) struct str text = {};

	if (!print->live)
		return json_null();
	if (print->time_format)
		append_time(print, &text);
	else
		clock_format_iso(&text, clock_wall_us());
	return json_string(str_cstr(&text));
}

/* The text, safe on a terminal, with what is looked for standing out. */
static void append_text(const struct log_print *print, const struct logfile_line *line,
			struct str *out)
{
	_cleanup_(str_done) struct str text = {};
	const char *found;

	if (!print->highlight || !*print->highlight || print->say->out.colors == 0) {
		utf8_escape(out, line->text, line->len, false);
		return;
	}
	utf8_escape(&text, line->text, line->len, false);
	found = strstr(str_cstr(&text), print->highlight);
	if (found) {
		str_append_bytes(out, text.data, (size_t)(found - text.data));
		style_appendf(&print->say->out, out, STYLE_WARN, "%s", print->highlight);
		found += strlen(print->highlight);
	}
	str_append(out, found ? found : str_cstr(&text));
}

static const char *type_of(const struct log_set_file *file, const char *err)
{
	return file->stream == LOG_SET_STREAM_ERR ? err : "out";
}

static void take_json(struct log_print *print, json_t *object)
{
	json_append(object, isatty(STDOUT_FILENO), &print->out);
	str_append_char(&print->out, '\n');
	json_decref(object);
}

static void append_json(struct log_print *print, const struct log_set_file *file,
			const struct logfile_line *line)
{
	_cleanup_(str_done) struct str text = {};
	const char *name = file->name ? file->name : "PMC";

	if (utf8_valid(line->text, line->len) && !memchr(line->text, 0, line->len))
		str_append_bytes(&text, line->text, line->len);
	else
		utf8_escape(&text, line->text, line->len, false);
	take_json(print,
		  json_pack("{s:s, s:o, s:s, s:o, s:o}", "message", str_cstr(&text), "timestamp",
			    json_time(print), "type", type_of(file, "err"), "process_id",
			    file->pm_id < 0 ? json_null() : json_integer(file->pm_id), "app_name",
			    json_text(name)));
}

static void append_fields(struct log_print *print, const struct log_set_file *file,
			  const struct logfile_line *line)
{
	struct str *out = &print->out;
	const char *name = file->name ? file->name : "PMC";

	str_append(out, "timestamp=");
	if (print->live)
		append_time(print, out);
	str_append(out, " app=");
	utf8_escape(out, name, strlen(name), false);
	if (file->pm_id >= 0)
		str_appendf(out, " id=%d", file->pm_id);
	str_appendf(out, " type=%s message=", type_of(file, "error"));
	utf8_escape(out, line->text, line->len, false);
	str_append_char(out, '\n');
}

static void append_line(struct log_print *print, const struct log_set_file *file,
			const struct logfile_line *line)
{
	struct str *out = place_of(print, file);
	int fd = out == &print->err ? STDERR_FILENO : STDOUT_FILENO;

	if (print->open != file)
		log_print_close(print);
	if (print->form == LOG_PRINT_LABELLED && !print->open) {
		if (print->live && print->time_format) {
			str_append(out, style_begin(&print->say->out, STYLE_DIM));
			append_time(print, out);
			str_append(out, style_end(&print->say->out, STYLE_DIM));
			str_append_char(out, ' ');
		}
		append_label(print, file, out);
	}
	if (print->form == LOG_PRINT_RAW && !isatty(fd))
		str_append_bytes(out, line->text, line->len);
	else
		append_text(print, line, out);
	print->open = line->open ? file : NULL;
	if (!line->open)
		str_append_char(out, '\n');
}

void log_print_event(struct log_print *print, const char *app, const char *status)
{
	if (print->form == LOG_PRINT_JSON) {
		take_json(print,
			  json_pack("{s:o, s:s, s:s, s:o}", "timestamp", json_time(print), "type",
				    "process_event", "status", status, "app_name", json_text(app)));
	} else if (print->form == LOG_PRINT_FIELDS) {
		str_append(&print->out, "timestamp=");
		append_time(print, &print->out);
		str_append(&print->out, " app=");
		utf8_escape(&print->out, app, strlen(app), false);
		str_appendf(&print->out, " type=process_event status=%s\n", status);
	}
}

void log_print_line(void *owner, void *tag, const struct logfile_line *line)
{
	struct log_print *print = owner;
	const struct log_set_file *file = tag;

	if (print->form == LOG_PRINT_JSON)
		append_json(print, file, line);
	else if (print->form == LOG_PRINT_FIELDS)
		append_fields(print, file, line);
	else
		append_line(print, file, line);
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
