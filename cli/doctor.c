#include "cli/doctor.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "shared/base/child.h"
#include "shared/base/error.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"
#include "shared/model/json_text.h"

#define NOFILE_ENOUGH 4096
#define NPROC_ENOUGH 1024
#define NODE_MAX_MS 5000

struct check {
	const char *name;
	bool (*test)(struct str *detail);
	bool needed;
	const char *without, *advice;
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

/* Of ourselves, which every kernel that has it allows. */
static bool check_pidfd_getfd(struct str *detail)
{
	_cleanup_(fdio_closep) int self = pidfd_open(getpid(), 0);
	_cleanup_(fdio_closep) int fd =
		self < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, self, self, 0);

	if (fd < 0)
		str_append(detail, pmc_error_text(errno));
	return fd >= 0;
}

/* With arguments of no size: refused as such by a kernel that has it. */
static bool check_clone3(struct str *detail)
{
	long r = syscall(SYS_clone3, NULL, 0);

	if (r < 0 && errno == EINVAL)
		return true;
	str_append(detail, pmc_error_text(errno));
	return false;
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

static bool check_nofile(struct str *detail)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return false;
	str_appendf(detail, "%llu, at most %llu", (unsigned long long)limit.rlim_cur,
		    (unsigned long long)limit.rlim_max);
	return limit.rlim_max >= NOFILE_ENOUGH;
}

/* As many as apps may have processes; -1 is no limit. */
static bool check_nproc(struct str *detail)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NPROC, &limit) < 0)
		return false;
	if (limit.rlim_cur == RLIM_INFINITY)
		str_append(detail, "unlimited");
	else
		str_appendf(detail, "%llu", (unsigned long long)limit.rlim_cur);
	return geteuid() == 0 || limit.rlim_cur >= NPROC_ENOUGH;
}

/* Asked on descriptor 3 (child_run), so that what a wrapper prints does no harm. */
static bool check_node(struct str *detail)
{
	_cleanup_(mem_freep) char *path = child_find("node");
	_cleanup_(str_done) struct str version = {};
	const char *const argv[] = {"node", "-e",
				    "require('fs').writeSync(3, process.version + '\\n')", NULL};
	const struct child_request request = {.path = path,
					      .argv = argv,
					      .stdin_fd = -1,
					      .time_max_ms = NODE_MAX_MS,
					      .answer_max_bytes = 64};
	struct child_end end;

	if (!path) {
		str_append(detail, "not in PATH");
		return false;
	}
	if (child_run(&request, &version, &end) < 0 || version.len < 2) {
		str_appendf(detail, "%s does not say its version", path);
		return false;
	}
	version.data[strcspn(version.data, "\n")] = '\0';
	str_appendf(detail, "%s at %s", version.data, path);
	return true;
}

static const struct check checks[] = {
	{"kernel 5.10 or later", check_kernel, true, "pmc does not run on older kernels",
	 "a newer kernel"},
	{"child sub-reaper", check_subreaper, true, "pmc does not run without it",
	 "a newer kernel"},
	{"pidfd_open", check_pidfd, true, "pmc does not run without it: signals would not be safe",
	 "a newer kernel, or a container that does not forbid it"},
	{"pidfd_getfd", check_pidfd_getfd, false,
	 "nothing is lost: this version fetches no descriptor from another process", NULL},
	{"close_range", check_close_range, false, "descriptors are closed one by one", NULL},
	{"clone3", check_clone3, false,
	 "a process enters its control group after it was made, not at birth", NULL},
	{"/proc/PID/task/PID/children", check_children, false,
	 "what a dead app leaves is found by scanning /proc", "a kernel with CONFIG_PROC_CHILDREN"},
	{"descriptors (RLIMIT_NOFILE)", check_nofile, false,
	 "about six are needed for each app, so there cannot be many",
	 "LimitNOFILE= of the service, or a hard `nofile` in /etc/security/limits.conf"},
	{"processes (RLIMIT_NPROC)", check_nproc, false, "apps may fail to fork",
	 "LimitNPROC= of the service, or `nproc` in /etc/security/limits.conf"},
	{"node", check_node, false, "only needed for Node apps and ecosystem files in JavaScript",
	 "install Node.js, or put the folder of `node` into PATH (nvm does it for login shells "
	 "only)"},
};

void doctor_add(json_t *list, const struct doctor_finding *finding)
{
	json_array_append_new(list,
			      json_pack("{s:s, s:b, s:b, s:o, s:s, s:s}", "name", finding->name,
					"ok", finding->ok, "needed", finding->needed, "detail",
					json_text(finding->detail ? finding->detail : ""),
					"without", finding->without ? finding->without : "",
					"advice", finding->advice ? finding->advice : ""));
}

json_t *doctor_machine(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		_cleanup_(str_done) struct str detail = {};
		bool ok = checks[i].test(&detail);

		doctor_add(list, &(struct doctor_finding){.name = checks[i].name,
							  .ok = ok,
							  .needed = checks[i].needed,
							  .detail = str_cstr(&detail),
							  .without = checks[i].without,
							  .advice = checks[i].advice});
	}
	doctor_cgroup(list);
	return list;
}
