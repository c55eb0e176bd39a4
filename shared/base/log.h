/* log: the daemon's own messages, one line each, to a descriptor (pmc.log or stderr). Not the logs
 * of apps.
 *
 * The level is the one global of the house. `shared/` and `core/` never log above debug. */
#pragma once
#include "shared/base/mem.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

enum log_style {
	LOG_STYLE_FILE,	   /* 2026-11-20T23:10:43.123 warning pmcd[812]: … */
	LOG_STYLE_JOURNAL, /* <4>… : systemd reads the priority */
	LOG_STYLE_TERMINAL,
};

/* Where messages go from now on (fd is not owned; default 2, INFO, TERMINAL). */
void log_setup(int fd, enum log_style style, enum log_level level);

/* One message, a newline is added; control bytes are escaped. Never fails, never blocks longer than
 * write() does. */
void log_message(enum log_level level, const char *fmt, ...) _printf_(2, 3);

#define log_error(...) log_message(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_message(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_message(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_message(LOG_LEVEL_DEBUG, __VA_ARGS__)
