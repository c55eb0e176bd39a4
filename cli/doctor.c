#include "cli/doctor.h"

#include <errno.h>
#include <glob.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "shared/base/child.h"
#include "shared/base/error.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

#define NOFILE_ENOUGH 4096

struct check {
	const char *name;
	bool (*test)(struct str *detail);
	const char *without;
};

static bool check_kernel(struct str *detail)
{
	struct utsname name;
	int major = 0, minor = 0;

	if (uname(&name) < 0)
		return false;
	str_append(detail, name.release);
	if (sscanf(name.release, "%d.%d", &major, &minor) < 2)
		return false;
	return major > 5 || (major == 5 && minor >= 10);
}

static bool check_subreaper(struct str *detail)
{
	int set = 0;

	return prctl(PR_GET_CHILD_SUBREAPER, &set) == 0;
}

static bool check_pidfd(struct str *detail)
{
	_cleanup_(fdio_closep) int fd = pidfd_open(getpid(), 0);

	if (fd < 0)
		str_append(detail, pmc_error_text(errno));
	return fd >= 0;
}

static bool check_close_range(struct str *detail)
{
	/* a range that is empty in every process: only the system call's presence is asked for */
	long r = syscall(SYS_close_range, ~0U - 1, ~0U - 1, 0);

	if (r < 0)
		str_append(detail, pmc_error_text(errno));
	return r == 0;
}

static bool check_children(struct str *detail)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", getpid(), getpid());
	return access(path, R_OK) == 0;
}

/* Where the v2 tree is mounted; there may be one beside v1. */
static char *cgroup_mount(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[1024], where[512], *mount = NULL;

	while (file && !mount && fgets(line, sizeof(line), file)) {
		if (strstr(line, " - cgroup2 ") &&
		    sscanf(line, "%*s %*s %*s %*s %511s", where) == 1)
			mount = mem_strdup(where);
	}
	if (file)
		fclose(file);
	return mount;
}

static bool check_cgroup(struct str *detail)
{
	_cleanup_(mem_freep) char *mount = cgroup_mount();

	if (!mount) {
		str_append(detail, "not mounted");
		return false;
	}
	str_append(detail, mount);
	if (access(mount, W_OK) == 0)
		return true;
	str_append(detail, ", not writable for us");
	return false;
}

static bool check_cgroup_kill(struct str *detail)
{
	_cleanup_(mem_freep) char *mount = cgroup_mount();
	_cleanup_(mem_freep) char *pattern = NULL;
	glob_t found = {};
	bool there;

	if (!mount)
		return false;
	/* the root group has none; any child of it shows whether the kernel does */
	pattern = mem_printf("%s/*/cgroup.kill", mount);
	there = glob(pattern, GLOB_NOSORT, NULL, &found) == 0;
	globfree(&found);
	return there;
}

static bool check_shm(struct str *detail)
{
	struct statfs fs;

	if (statfs("/dev/shm", &fs) < 0) {
		str_append(detail, pmc_error_text(errno));
		return false;
	}
	if (fs.f_type != TMPFS_MAGIC) {
		str_append(detail, "/dev/shm is not a tmpfs");
		return false;
	}
	str_appendf(detail, "%llu MiB free",
		    (unsigned long long)fs.f_bavail * (unsigned long long)fs.f_bsize >> 20);
	return access("/dev/shm", W_OK) == 0;
}

static bool check_nofile(struct str *detail)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return false;
	str_appendf(detail, "%llu, at most %llu", (unsigned long long)limit.rlim_cur,
		    (unsigned long long)limit.rlim_max);
	return limit.rlim_max >= NOFILE_ENOUGH;
}

static bool check_node(struct str *detail)
{
	_cleanup_(mem_freep) char *path = child_find("node");

	str_append(detail, path ? path : "not in PATH");
	return path != NULL;
}

static const struct check checks[] = {
	{"kernel 5.10 or later", check_kernel, "pmc does not run on older kernels"},
	{"child sub-reaper", check_subreaper, "pmc does not run without it"},
	{"pidfd_open", check_pidfd, "pmc does not run without it: signals would not be safe"},
	{"close_range", check_close_range, "descriptors are closed one by one"},
	{"/proc/PID/task/PID/children", check_children,
	 "what a dead app leaves is found by scanning /proc"},
	{"cgroup v2", check_cgroup, "process trees are ended by scanning /proc, limits are off"},
	{"cgroup.kill", check_cgroup_kill,
	 "the processes of a group are frozen and killed one by one"},
	{"tmpfs at /dev/shm", check_shm,
	 "the shared table lies in $PMC_HOME/run and may wait for the disk"},
	{"descriptors (RLIMIT_NOFILE)", check_nofile,
	 "about six are needed for each app: raise the hard limit"},
	{"node", check_node, "only needed for Node apps and ecosystem files in JavaScript"},
};

json_t *doctor_checks(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		_cleanup_(str_done) struct str detail = {};
		bool ok = checks[i].test(&detail);

		json_array_append_new(
			list, json_pack("{s:s, s:b, s:s, s:s}", "name", checks[i].name, "ok", ok,
					"detail", str_cstr(&detail), "without", checks[i].without));
	}
	return list;
}
