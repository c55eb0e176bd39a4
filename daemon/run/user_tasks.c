#include "daemon/run/user_tasks.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/run/procfs.h"
#include "shared/base/clock.h"
#include "shared/base/fdio.h"

#define KEEP_MS 250
#define LIMIT_ROW "Max processes"

/* Its links are "." and "..", and one for each thread. */
static bool stat_tasks(int pid, struct stat *ret_stat)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	return stat(path, ret_stat) == 0;
}

int user_tasks_limit(int pid)
{
	char path[32], text[4096];
	const char *found;
	struct stat st;
	long limit;

	if (pid <= 0 || !stat_tasks(pid, &st) || st.st_uid == 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/limits", pid); /* prlimit() wants a capability */
	if (fdio_read_small(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return 0;
	found = strstr(text, LIMIT_ROW);
	limit = found ? strtol(found + strlen(LIMIT_ROW), NULL, 10) : 0; /* unlimited: 0 */
	return limit < INT_MAX ? (int)limit : 0;
}

static int add(int pid, void *arg)
{
	struct user_tasks *tasks = arg;
	struct stat st;

	if (stat_tasks(pid, &st) && st.st_uid == tasks->uid && st.st_nlink > 2)
		tasks->count += (int)st.st_nlink - 2;
	return 0;
}

int user_tasks_count(struct user_tasks *tasks, int pid)
{
	struct stat st;

	if (pid <= 0 || !stat_tasks(pid, &st))
		return 0;
	if (tasks->uid == st.st_uid && clock_now_ms() < tasks->until_ms)
		return tasks->count;
	*tasks = (struct user_tasks){.uid = st.st_uid};
	procfs_each(add, tasks);
	tasks->until_ms = clock_now_ms() + KEEP_MS;
	return tasks->count;
}
