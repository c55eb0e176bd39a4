#include "cli/doctor.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/path.h"
#include "shared/base/str.h"

/* Where the v2 tree is mounted; there may be one beside v1 (`*ret_v1`). New string, NULL: none. */
static char *mount_point(bool *ret_v1)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[1024], where[512], *mount = NULL;

	*ret_v1 = false;
	while (file && fgets(line, sizeof(line), file)) {
		*ret_v1 = *ret_v1 || strstr(line, " - cgroup ");
		if (!mount && strstr(line, " - cgroup2 ") &&
		    sscanf(line, "%*s %*s %*s %*s %511s", where) == 1)
			mount = mem_strdup(where);
	}
	if (file)
		fclose(file);
	return mount;
}

/* The group we are in: the line 0::/path. New string. */
static char *own_group(const char *mount)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[1024], *path = NULL;

	while (file && !path && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (str_starts(line, "0::/"))
			path = path_join(mount, line + strlen("0::/"));
	}
	if (file)
		fclose(file);
	return path ? path : mem_strdup(mount);
}

static void add_version(json_t *list, const char *mount, bool v1)
{
	_cleanup_(mem_freep) char *detail =
		!mount ? mem_strdup(v1 ? "only version 1 is mounted" : "not mounted")
		       : mem_printf("%s%s", mount, v1 ? ", beside version 1" : "");

	doctor_add(list, &(struct doctor_finding){
				 .name = "cgroup v2",
				 .ok = mount != NULL,
				 .detail = detail,
				 .without = "process trees are ended by scanning /proc",
				 .advice = "boot with systemd.unified_cgroup_hierarchy=1"});
}

static void add_delegation(json_t *list, const char *group)
{
	bool ours = access(group, W_OK) == 0;
	_cleanup_(mem_freep) char *detail =
		mem_printf("%s %s", group, ours ? "is ours" : "may not be written by us");

	doctor_add(list,
		   &(struct doctor_finding){
			   .name = "a cgroup of our own",
			   .ok = ours,
			   .detail = detail,
			   .without = "process trees are ended by scanning /proc",
			   .advice = "start the daemon as a systemd service with Delegate=yes, or "
				     "by systemd-run --user --scope -p Delegate=yes pmc ping"});
}

static void add_controllers(json_t *list, const char *group)
{
	_cleanup_(mem_freep) char *path = path_join(group, "cgroup.controllers");
	char text[256] = "";
	bool memory;

	if (fdio_read_small(AT_FDCWD, path, text, sizeof(text)) < 0)
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	memory = strstr(text, "memory") && strstr(text, "pids") && strstr(text, "cpu");
	doctor_add(list,
		   &(struct doctor_finding){
			   .name = "cgroup controllers",
			   .ok = memory,
			   .detail = *text ? text : "none",
			   .without = "use of memory and CPU is read from /proc; no limits by "
				      "group",
			   .advice = "they belong to version 1 where that is mounted; else "
				     "Delegate=yes hands them on"});
}

/* The root group has no cgroup.kill; any child of it shows whether the kernel has it. */
static void add_kill(json_t *list, const char *mount)
{
	_cleanup_(mem_freep) char *pattern = mem_printf("%s/*/cgroup.kill", mount);
	glob_t found = {};
	bool there = glob(pattern, GLOB_NOSORT, NULL, &found) == 0;

	globfree(&found);
	doctor_add(list,
		   &(struct doctor_finding){
			   .name = "cgroup.kill",
			   .ok = there,
			   .without = "the processes of a group are frozen and killed one by one",
			   .advice = "a kernel of 5.14 or later"});
}

void doctor_cgroup(json_t *list)
{
	bool v1;
	_cleanup_(mem_freep) char *mount = mount_point(&v1);
	_cleanup_(mem_freep) char *group = mount ? own_group(mount) : NULL;

	add_version(list, mount, v1);
	if (!mount)
		return;
	add_delegation(list, group);
	add_controllers(list, group);
	add_kill(list, mount);
}
