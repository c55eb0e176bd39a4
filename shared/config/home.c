#include "shared/config/home.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/fdio.h"
#include "shared/base/path.h"
#include "shared/base/str.h"

#define ID_DIGITS 8

void home_done(struct home *home)
{
	free(home->path);
	free(home->socket_path);
	free(home->id);
	*home = (struct home){};
}

/* The directory of the user itself; NULL: not to be had. */
static char *user_directory(void)
{
	const char *home = getenv("HOME");
	const struct passwd *user;

	if (home && *home)
		return mem_strdup(home);
	user = getpwuid(geteuid());
	return user && user->pw_dir ? mem_strdup(user->pw_dir) : NULL;
}

int home_find(struct home *ret_home, struct pmc_error *err)
{
	const char *given = getenv("PMC_HOME");
	_cleanup_(mem_freep) char *path = NULL, *user = NULL;
	bool by_default = false;

	if (given && *given) {
		path = path_absolute(given);
	} else {
		user = user_directory();
		path = user ? path_join(user, ".pmc") : NULL;
		by_default = true;
	}
	if (!path || *path != '/') {
		pmc_error_set(err, -ENOENT, "cannot tell where the home of pmc is");
		pmc_error_hint(err, "set PMC_HOME to the absolute path of a directory");
		return -ENOENT;
	}
	*ret_home = (struct home){.path = path,
				  .by_default = by_default,
				  .socket_path = path_join(path, "run/pmc.sock")};
	path = NULL;
	return 0;
}

char *home_file(const struct home *home, const char *name)
{
	return path_join(home->path, name);
}

/* The text of a failed system call, and what to do about the usual ones. */
static int refuse(struct pmc_error *err, int code, const char *what, const char *path)
{
	pmc_error_errno(err, code, "%s %s", what, path);
	if (code == -EROFS)
		pmc_error_hint(err,
			       "the disk is read-only: set PMC_HOME to a directory on another");
	else if (code == -ENOSPC || code == -EDQUOT)
		pmc_error_hint(err, "the disk is full: make room, or set PMC_HOME to another disk");
	else if (code == -EACCES || code == -EPERM)
		pmc_error_hint(err, "set PMC_HOME to a directory where you may write");
	return code;
}

static int refuse_owner(const char *path, const struct stat *st, struct pmc_error *err)
{
	const struct passwd *user = getpwuid(st->st_uid);

	pmc_error_set(err, -EPERM, "%s belongs to %s (uid %u), not to us (uid %u)", path,
		      user ? user->pw_name : "somebody else", st->st_uid, geteuid());
	if (geteuid() == 0 && user)
		pmc_error_hint(err,
			       "work as its owner: sudo -u %s pmc …, or set PMC_HOME, or: chown -R "
			       "root: %s",
			       user->pw_name, path);
	else
		pmc_error_hint(
			err, "set PMC_HOME to a directory of your own, or as root: chown -R %u: %s",
			geteuid(), path);
	return -EPERM;
}

/* A directory, ours, nobody else may write in it. */
static int check_directory(int fd, const char *path, struct pmc_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return pmc_error_errno(err, -errno, "cannot look at %s", path);
	if (st.st_uid != geteuid())
		return refuse_owner(path, &st, err);
	if (st.st_mode & 022) {
		pmc_error_set(err, -EPERM, "%s may be written by others (mode %04o)", path,
			      st.st_mode & 07777);
		pmc_error_hint(err, "chmod 700 %s", path);
		return -EPERM;
	}
	return 0;
}

static int refuse_kind(int dir_fd, const char *name, const char *path, int code,
		       struct pmc_error *err)
{
	struct stat st;

	if ((code == -ELOOP || code == -ENOTDIR) &&
	    fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (S_ISLNK(st.st_mode)) {
			pmc_error_set(err, -EPERM, "%s is a symbolic link, which is not followed",
				      path);
			pmc_error_hint(err, "set PMC_HOME to where it points to, or: rm %s", path);
			return -EPERM;
		}
		if (!S_ISDIR(st.st_mode)) {
			pmc_error_set(err, -EPERM, "%s is not a directory", path);
			pmc_error_hint(err, "rm %s", path);
			return -EPERM;
		}
	}
	return pmc_error_errno(err, code, "cannot open %s", path);
}

/* Make (0700) and open the directory `name` of `dir_fd`, then check it. `path` is for the messages.
 * The descriptor, or a negative errno. */
static int make_directory(int dir_fd, const char *name, const char *path, struct pmc_error *err)
{
	_cleanup_(fdio_closep) int fd = -1;
	bool made = mkdirat(dir_fd, name, 0700) == 0;
	int r;

	if (!made && errno != EEXIST)
		return refuse(err, -errno, "cannot make the directory", path);
	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return refuse_kind(dir_fd, name, path, -errno, err);
	r = check_directory(fd, path, err);
	if (r < 0)
		return r;
	if (made && fchmod(fd, 0700) < 0) /* whatever the umask is */
		return pmc_error_errno(err, -errno, "cannot set the mode of %s", path);
	r = fd;
	fd = -1;
	return r;
}

static int make_parents(const char *path, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *dir = path_dir(path);

	if (access(dir, F_OK) == 0)
		return 0;
	if (strlen(dir) > 1 && strlen(dir) < strlen(path)) {
		int r = make_parents(dir, err);

		if (r < 0)
			return r;
	}
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return refuse(err, -errno, "cannot make the directory", dir);
	return 0;
}

/* Read `id`. 1: read; 0: there is none. */
static int read_id(int home_fd, struct home *home, struct pmc_error *err)
{
	char text[ID_DIGITS + 2] = "";
	struct stat st;
	_cleanup_(fdio_closep) int fd =
		openat(home_fd, "id", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return pmc_error_errno(err, -errno, "cannot open %s/id", home->path);
	if (fstat(fd, &st) < 0)
		return pmc_error_errno(err, -errno, "cannot look at %s/id", home->path);
	n = S_ISREG(st.st_mode) ? read(fd, text, sizeof(text) - 1) : 0;
	text[strcspn(text, "\n")] = '\0';
	if (n < 0)
		return pmc_error_errno(err, -errno, "cannot read %s/id", home->path);
	if (st.st_uid != geteuid() || strlen(text) != ID_DIGITS ||
	    strspn(text, "0123456789abcdef") != ID_DIGITS) {
		pmc_error_set(err, -EPERM, "%s/id is not ours or damaged", home->path);
		pmc_error_hint(err, "no daemon runs there? rm %s/id", home->path);
		return -EPERM;
	}
	home->id = mem_strdup(text);
	return 1;
}

/* Written beside and linked into place, so that of many first commands one wins and nobody reads
 * half of it. */
static int make_id(int home_fd, const struct home *home, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *temporary = mem_printf("id.%d", getpid());
	_cleanup_(mem_freep) char *text = NULL;
	uint32_t number;
	int r = 0;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return pmc_error_errno(err, -errno, "cannot get a random number");
	text = mem_printf("%08x\n", number);
	r = fdio_replace_file(home_fd, temporary, text, strlen(text));
	if (r < 0)
		return refuse(err, r, "cannot write in", home->path);
	if (linkat(home_fd, temporary, home_fd, "id", 0) < 0 && errno != EEXIST)
		r = pmc_error_errno(err, -errno, "cannot make %s/id", home->path);
	unlinkat(home_fd, temporary, 0);
	return r;
}

static int learn_id(int home_fd, struct home *home, struct pmc_error *err)
{
	int r = read_id(home_fd, home, err);

	if (r != 0)
		return r < 0 ? r : 0;
	r = make_id(home_fd, home, err);
	if (r < 0)
		return r;
	r = read_id(home_fd, home, err);
	return r < 0 ? r : 0;
}

/* `sudo pmc` where HOME stays the user's: files of root in it would shut him out. */
static int check_user(const struct home *home, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *user = path_dir(home->path);
	const struct passwd *owner;
	struct stat st;

	if (geteuid() != 0 || !home->by_default || access(home->path, F_OK) == 0 ||
	    stat(user, &st) < 0 || st.st_uid == 0)
		return 0;
	owner = getpwuid(st.st_uid);
	pmc_error_set(err, -EPERM, "HOME is %s, which belongs to %s (uid %u), but we are root",
		      user, owner ? owner->pw_name : "somebody else", st.st_uid);
	pmc_error_hint(err,
		       "work as its owner: sudo -u %s pmc …, or with root's own home: sudo -H "
		       "pmc …, or set PMC_HOME",
		       owner ? owner->pw_name : "NAME");
	return -EPERM;
}

/* Could it be made? -ENOENT: yes. */
static int check_absent(const struct home *home, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *dir = path_dir(home->path);
	int r = check_user(home, err);

	if (r < 0)
		return r;
	while (access(dir, F_OK) < 0 && errno == ENOENT && strlen(dir) > 1) {
		char *up = path_dir(dir);

		free(dir);
		dir = up;
	}
	if (faccessat(AT_FDCWD, dir, W_OK, AT_EACCESS) < 0)
		return refuse(err, -errno, "cannot make the directory", home->path);
	return -ENOENT;
}

int home_check(const struct home *home, struct pmc_error *err)
{
	_cleanup_(fdio_closep) int fd = -1;
	int r;

	if (access(home->path, F_OK) < 0 && errno == ENOENT)
		return check_absent(home, err);
	fd = open(home->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return refuse_kind(AT_FDCWD, home->path, home->path, -errno, err);
	r = check_directory(fd, home->path, err);
	if (r == 0 && faccessat(fd, ".", W_OK, AT_EACCESS) < 0)
		r = refuse(err, -errno, "cannot write in", home->path);
	return r;
}

int home_make(struct home *home, struct pmc_error *err)
{
	_cleanup_(fdio_closep) int home_fd = -1, run_fd = -1;
	_cleanup_(mem_freep) char *run_path = home_file(home, "run");
	int r = check_user(home, err);

	if (r == 0)
		r = make_parents(home->path, err);
	if (r < 0)
		return r;
	home_fd = make_directory(AT_FDCWD, home->path, home->path, err);
	if (home_fd < 0)
		return home_fd;
	run_fd = make_directory(home_fd, "run", run_path, err);
	if (run_fd < 0)
		return run_fd;
	return home->id ? 0 : learn_id(home_fd, home, err);
}
