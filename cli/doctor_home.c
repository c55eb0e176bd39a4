#include "cli/doctor.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "shared/base/error.h"
#include "shared/base/mem.h"
#include "shared/base/path.h"
#include "shared/base/str.h"
#include "shared/base/units.h"
#include "shared/config/home.h"

#define FREE_LOW_BYTES (100LL << 20)
#define FREE_NONE_BYTES (1LL << 20)

#define XFS_MAGIC 0x58465342
#define ZFS_MAGIC 0x2fc12fc1
#define CIFS_MAGIC 0xff534d42
#define SMB2_MAGIC 0xfe534d42
#define FUSE_MAGIC 0x65735546
#define CEPH_MAGIC 0x00c36400

static const struct kind {
	unsigned long magic;
	const char *name;
	bool remote;
} kinds[] = {
	{EXT4_SUPER_MAGIC, "ext4", false},   {XFS_MAGIC, "xfs", false},
	{BTRFS_SUPER_MAGIC, "btrfs", false}, {TMPFS_MAGIC, "tmpfs", false},
	{ZFS_MAGIC, "zfs", false},	     {OVERLAYFS_SUPER_MAGIC, "overlayfs", false},
	{NFS_SUPER_MAGIC, "nfs", true},	     {CIFS_MAGIC, "cifs", true},
	{SMB2_MAGIC, "smb", true},	     {FUSE_MAGIC, "fuse", true},
	{CEPH_MAGIC, "ceph", true},	     {V9FS_MAGIC, "9p", true},
};

static const struct kind *kind_of(const struct statfs *fs)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (kinds[i].magic == (unsigned long)fs->f_type)
			return &kinds[i];
	}
	return NULL;
}

static int64_t free_bytes(const struct statfs *fs)
{
	return (int64_t)(fs->f_bavail * (unsigned long)fs->f_bsize);
}

static void describe(const char *path, const struct statfs *fs, struct str *out)
{
	const struct kind *kind = kind_of(fs);

	str_appendf(out, "%s on %s, ", path, kind ? kind->name : "an unknown file system");
	units_human_size(out, free_bytes(fs));
	str_append(out, fs->f_flags & ST_RDONLY ? " free, read-only" : " free");
}

/* The nearest folder that is there. New string. */
static char *existing(const char *path)
{
	char *at = mem_strdup(path);

	while (access(at, F_OK) < 0 && strlen(at) > 1) {
		char *up = path_dir(at);

		free(at);
		at = up;
	}
	return at;
}

static void add_home(json_t *list, const struct home *home)
{
	struct pmc_error err = {};
	int r = home_check(home, &err);
	bool ok = r == 0 || r == -ENOENT;
	_cleanup_(mem_freep) char *detail = mem_printf("%s%s", ok ? home->path : err.message,
						       r == -ENOENT ? ", not there yet" : "");

	doctor_add(list, &(struct doctor_finding){.name = "home",
						  .ok = ok,
						  .needed = true,
						  .detail = detail,
						  .without = "pmc does not run without it",
						  .advice = err.hint});
}

static void add_disk(json_t *list, const char *path)
{
	_cleanup_(mem_freep) char *at = existing(path);
	_cleanup_(str_done) struct str detail = {};
	struct doctor_finding finding = {.name = "disk of the home", .needed = true};
	struct statfs fs;

	if (statfs(at, &fs) < 0) {
		str_appendf(&detail, "%s: %s", at, pmc_error_text(errno));
	} else {
		describe(at, &fs, &detail);
		finding.ok = free_bytes(&fs) >= FREE_LOW_BYTES && !(fs.f_flags & ST_RDONLY);
		finding.needed = free_bytes(&fs) < FREE_NONE_BYTES || fs.f_flags & ST_RDONLY;
	}
	finding.detail = str_cstr(&detail);
	finding.without =
		finding.needed ? "nothing can be stored or logged" : "logs may soon find no room";
	finding.advice = "make room, or set PMC_HOME to another disk";
	doctor_add(list, &finding);
}

/* SQLite's journal, locks and sockets want a disk of this machine. */
static void add_local(json_t *list, const char *path)
{
	_cleanup_(mem_freep) char *at = existing(path);
	const struct kind *kind;
	struct statfs fs;

	if (statfs(at, &fs) < 0)
		return;
	kind = kind_of(&fs);
	doctor_add(list, &(struct doctor_finding){
				 .name = "home on a local disk",
				 .ok = !kind || !kind->remote,
				 .detail = kind ? kind->name : "",
				 .without = "locks and the store may fail, a slow server holds pmc "
					    "back",
				 .advice = "set PMC_HOME to a local disk"});
}

static void add_shm(json_t *list)
{
	_cleanup_(str_done) struct str detail = {};
	struct statfs fs;
	bool ok = false;

	if (statfs("/dev/shm", &fs) < 0) {
		str_append(&detail, pmc_error_text(errno));
	} else {
		describe("/dev/shm", &fs, &detail);
		ok = fs.f_type == TMPFS_MAGIC && access("/dev/shm", W_OK) == 0 &&
		     free_bytes(&fs) >= FREE_NONE_BYTES;
	}
	doctor_add(list,
		   &(struct doctor_finding){
			   .name = "tmpfs at /dev/shm",
			   .ok = ok,
			   .detail = str_cstr(&detail),
			   .without = "the shared table lies in $PMC_HOME/run and may wait for "
				      "the disk",
			   .advice = "mount -t tmpfs tmpfs /dev/shm"});
}

json_t *doctor_home(const struct home *home, const char *why)
{
	json_t *list = json_array();

	if (home) {
		add_home(list, home);
		add_disk(list, home->path);
		add_local(list, home->path);
	} else {
		doctor_add(list,
			   &(struct doctor_finding){
				   .name = "home",
				   .needed = true,
				   .detail = why,
				   .without = "pmc does not run without it",
				   .advice = "set PMC_HOME to the absolute path of a directory"});
	}
	add_shm(list);
	return list;
}
