#include "shared/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/base/fdio.h"
#include "shared/base/str.h"
#include "shared/base/utf8.h"

static struct {
	int fd;
	enum log_style style;
	enum log_level level;
} target = {STDERR_FILENO, LOG_STYLE_TERMINAL, LOG_LEVEL_INFO};

static const struct {
	const char *word;
	int priority; /* of syslog, as the journal reads it */
} levels[] = {
	[LOG_LEVEL_ERROR] = {"error", 3},
	[LOG_LEVEL_WARNING] = {"warning", 4},
	[LOG_LEVEL_INFO] = {"info", 6},
	[LOG_LEVEL_DEBUG] = {"debug", 7},
};

void log_setup(int fd, enum log_style style, enum log_level level)
{
	target.fd = fd;
	target.style = style;
	target.level = level;
}

static void append_prefix(struct str *line, enum log_level level)
{
	switch (target.style) {
	case LOG_STYLE_FILE:
		clock_format(line, "YYYY-MM-DDTHH:mm:ss.SSS", clock_wall_us());
		str_appendf(line, " %s %s[%d]: ", levels[level].word, program_invocation_short_name,
			    getpid());
		break;
	case LOG_STYLE_JOURNAL:
		str_appendf(line, "<%d>", levels[level].priority);
		break;
	case LOG_STYLE_TERMINAL:
		str_appendf(line, "%s: ", program_invocation_short_name);
		if (level != LOG_LEVEL_INFO)
			str_appendf(line, "%s: ", levels[level].word);
		break;
	}
}

void log_message(enum log_level level, const char *fmt, ...)
{
	_cleanup_(str_done) struct str line = {}, text = {};
	int saved_errno = errno;
	va_list args;

	if (level > target.level)
		return;
	va_start(args, fmt);
	str_appendv(&text, fmt, args);
	va_end(args);
	append_prefix(&line, level);
	if (text.len)
		utf8_escape(&line, text.data, text.len, false);
	str_append_char(&line, '\n');
	fdio_write_all(target.fd, line.data, line.len); /* nobody to tell when this fails */
	errno = saved_errno;
}
