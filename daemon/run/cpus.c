#include "daemon/run/cpus.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/run/cgroup.h"
#include "shared/base/fdio.h"

static int by_affinity(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	return CPU_COUNT(&set);
}

/* "200000 100000" or "max 100000" → 2 or 0 (no limit). */
static int quota_v2(const char *dir)
{
	char path[4200], buf[64], *end;
	long quota, period;

	snprintf(path, sizeof(path), "%s/cpu.max", dir);
	if (fdio_read_small(AT_FDCWD, path, buf, sizeof(buf)) <= 0 || strncmp(buf, "max", 3) == 0)
		return 0;
	quota = strtol(buf, &end, 10);
	period = strtol(end, NULL, 10);
	return quota > 0 && period > 0 ? (int)((quota + period - 1) / period) : 0;
}

static int quota_v1(const char *dir)
{
	char path[4200], buf[64];
	long quota, period;

	snprintf(path, sizeof(path), "%s/cpu.cfs_quota_us", dir);
	if (fdio_read_small(AT_FDCWD, path, buf, sizeof(buf)) <= 0 ||
	    (quota = strtol(buf, NULL, 10)) <= 0)
		return 0;
	snprintf(path, sizeof(path), "%s/cpu.cfs_period_us", dir);
	if (fdio_read_small(AT_FDCWD, path, buf, sizeof(buf)) <= 0 ||
	    (period = strtol(buf, NULL, 10)) <= 0)
		return 0;
	return (int)((quota + period - 1) / period);
}

int cpus_allowed(void)
{
	_cleanup_(mem_freep) char *v2 = cgroup_own_dir(NULL);
	_cleanup_(mem_freep) char *v1 = cgroup_own_dir("cpu");
	int cpus = by_affinity();
	int quota = 0;

	if (v2)
		quota = quota_v2(v2);
	if (quota == 0 && v1)
		quota = quota_v1(v1);
	return quota > 0 && quota < cpus ? quota : cpus;
}
