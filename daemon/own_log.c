#include "daemon/own_log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/fdio.h"
#include "shared/base/log.h"
#include "shared/base/path.h"
#include "shared/config/settings.h"

void own_log_setup(const char *home, bool foreground, const struct settings *settings)
{
	enum log_style style = LOG_STYLE_FILE;

	if (foreground)
		style = getenv("JOURNAL_STREAM") ? LOG_STYLE_JOURNAL : LOG_STYLE_TERMINAL;
	log_setup(2, style, (enum log_level)settings->log_level);
}

void own_log_reopen(const char *home, bool foreground)
{
	_cleanup_(mem_freep) char *path = path_join(home, "pmc.log");
	int fd;

	if (foreground)
		return;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	dup2(fd, 1);
	dup2(fd, 2);
	close(fd);
}

void own_log_cap(const char *home, bool foreground, int64_t max_bytes)
{
	_cleanup_(mem_freep) char *path = path_join(home, "pmc.log");
	_cleanup_(mem_freep) char *old = path_join(home, "pmc.log.1");
	struct stat st;

	if (foreground || fstat(2, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= max_bytes)
		return;
	if (rename(path, old) == 0)
		own_log_reopen(home, foreground);
}
