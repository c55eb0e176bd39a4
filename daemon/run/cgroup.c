#include "daemon/run/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/fdio.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/base/strlist.h"

#define TABLE_MAX (1 << 20)

struct cgroup {
	int fd; /* the directory of this daemon */
	char *path;
	bool fit[CGROUP_SLOTS]; /* made by us and never killed */
};

static bool has_word(const char *list, const char *word)
{
	_cleanup_(strlist_done) struct strlist words = {0};

	strlist_split(&words, list, ",");
	return strlist_has(&words, word);
}

/* A line of mountinfo: id parent dev root mountpoint options … - type source super-options. */
static char *mount_point(const char *controller)
{
	_cleanup_(str_done) struct str text = {0};
	_cleanup_(strlist_done) struct strlist lines = {0};
	char *buf = str_reserve(&text, TABLE_MAX);
	ssize_t n = fdio_read_small(AT_FDCWD, "/proc/self/mountinfo", buf, TABLE_MAX);

	if (n <= 0)
		return NULL;
	strlist_split(&lines, buf, "\n");
	for (size_t i = 0; i < lines.count; i++) {
		char mount[2048], type[64], options[512];
		char *tail = strstr(lines.items[i], " - ");

		if (!tail || sscanf(lines.items[i], "%*s %*s %*s %*s %2047s", mount) != 1 ||
		    sscanf(tail, " - %63s %*s %511s", type, options) != 2)
			continue;
		if (controller ? strcmp(type, "cgroup") == 0 && has_word(options, controller)
			       : strcmp(type, "cgroup2") == 0)
			return mem_strdup(mount);
	}
	return NULL;
}

/* A line of /proc/self/cgroup: 0::/path for v2, N:controllers:/path for v1. */
static char *own_path(const char *controller)
{
	char buf[8192];
	_cleanup_(strlist_done) struct strlist lines = {0};
	ssize_t n = fdio_read_small(AT_FDCWD, "/proc/self/cgroup", buf, sizeof(buf));

	if (n <= 0)
		return NULL;
	strlist_split(&lines, buf, "\n");
	for (size_t i = 0; i < lines.count; i++) {
		char *first = strchr(lines.items[i], ':');
		char *second = first ? strchr(first + 1, ':') : NULL;

		if (!second)
			continue;
		*second = '\0';
		if (controller ? has_word(first + 1, controller) : first[1] == '\0')
			return mem_strdup(second + 1);
	}
	return NULL;
}

char *cgroup_own_dir(const char *controller)
{
	_cleanup_(mem_freep) char *mount = mount_point(controller);
	_cleanup_(mem_freep) char *own = own_path(controller);

	if (!mount || !own)
		return NULL;
	return path_join(mount, own[0] == '/' ? own + 1 : own);
}

int cgroup_open(const char *name, struct cgroup **ret_cgroup, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *own = cgroup_own_dir(NULL);
	_cleanup_(mem_freep) char *path = NULL;
	struct cgroup *cgroup;
	int fd;

	if (!own)
		return pmc_error_set(err, -ENOSYS, "no cgroup v2 file system is mounted");
	path = path_join(own, name);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return pmc_error_errno(err, -errno, "cannot make %s", path);
	fd = open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return pmc_error_errno(err, -errno, "cannot open %s", path);
	cgroup = mem_zalloc(sizeof(*cgroup));
	cgroup->fd = fd;
	cgroup->path = steal_ptr(&path);
	*ret_cgroup = cgroup;
	return 0;
}

void cgroup_close(struct cgroup *cgroup)
{
	if (!cgroup)
		return;
	close(cgroup->fd);
	rmdir(cgroup->path);
	free(cgroup->path);
	free(cgroup);
}

/* Linux up to 6.18 at least kills whoever is born into a directory whose cgroup.kill was ever used:
 * such a one is made anew, and so is one of which we do not know, for an earlier engine made it. */
int cgroup_slot_fd(struct cgroup *cgroup, int slot)
{
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "slot.%d", slot);
	if (!cgroup->fit[slot]) {
		if (unlinkat(cgroup->fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
			return -errno;
		if (mkdirat(cgroup->fd, name, 0755) < 0)
			return -errno;
		cgroup->fit[slot] = true;
	}
	fd = openat(cgroup->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}

int cgroup_populated(struct cgroup *cgroup, int slot)
{
	char name[64], buf[256];
	const char *found;
	ssize_t n;

	snprintf(name, sizeof(name), "slot.%d/cgroup.events", slot);
	n = fdio_read_small(cgroup->fd, name, buf, sizeof(buf));
	if (n < 0)
		return n == -ENOENT ? 0 : (int)n;
	found = strstr(buf, "populated ");
	return found ? found[10] == '1' : -EBADMSG;
}

int cgroup_pids(struct cgroup *cgroup, int slot, int *pids, int max)
{
	_cleanup_(fdio_closep) int fd = -1;
	int count = 0, pid = 0;
	char name[64], buf[1024];
	ssize_t n;

	snprintf(name, sizeof(name), "slot.%d/cgroup.procs", slot);
	fd = openat(cgroup->fd, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] >= '0' && buf[i] <= '9') {
				pid = pid * 10 + buf[i] - '0';
				continue;
			}
			if (pid > 0 && count < max)
				pids[count++] = pid;
			pid = 0;
		}
	}
	return n < 0 ? -errno : count;
}

int cgroup_forks_refused(struct cgroup *cgroup, int slot, int64_t *ret_count)
{
	char name[64], buf[256];
	const char *found;
	ssize_t n;

	snprintf(name, sizeof(name), "slot.%d/pids.events", slot);
	n = fdio_read_small(cgroup->fd, name, buf, sizeof(buf));
	if (n < 0)
		return (int)n;
	found = strstr(buf, "max ");
	if (!found)
		return -EBADMSG;
	*ret_count = strtoll(found + 4, NULL, 10);
	return 0;
}

int cgroup_kill(struct cgroup *cgroup, int slot)
{
	_cleanup_(fdio_closep) int fd = -1;
	char name[64];

	snprintf(name, sizeof(name), "slot.%d/cgroup.kill", slot);
	fd = openat(cgroup->fd, name, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -EOPNOTSUPP : -errno;
	cgroup->fit[slot] = false;
	return fdio_write_all(fd, "1", 1);
}

void cgroup_remove(struct cgroup *cgroup, int slot)
{
	char name[64];

	snprintf(name, sizeof(name), "slot.%d", slot);
	unlinkat(cgroup->fd, name, AT_REMOVEDIR);
	cgroup->fit[slot] = false;
}
