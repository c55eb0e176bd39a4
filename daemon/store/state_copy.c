#include "daemon/store/state_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/store/db.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"
#include "shared/base/path.h"
#include "shared/base/str.h"

/* Larger copies are not compared, just kept. */
#define COMPARE_MAX_BYTES (16 << 20)

static char *copy_name(const char *path, int number)
{
	return mem_printf("%s.%d", path, number);
}

static bool same_content(const char *a, const char *b)
{
	_cleanup_(str_done) struct str content_a = {}, content_b = {};

	return fdio_read_file(AT_FDCWD, a, COMPARE_MAX_BYTES, &content_a, NULL) == 0 &&
	       fdio_read_file(AT_FDCWD, b, COMPARE_MAX_BYTES, &content_b, NULL) == 0 &&
	       content_a.len == content_b.len && content_a.len > 0 &&
	       memcmp(content_a.data, content_b.data, content_a.len) == 0;
}

/* SQLite fills an empty file and leaves its mode alone. */
static int make_empty(const char *path)
{
	int fd;

	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int vacuum_into(sqlite3 *db, const char *target, struct pmc_error *err)
{
	_cleanup_(db_finalizep) sqlite3_stmt *stmt = NULL;
	int r = db_prepare(db, "VACUUM INTO ?1", &stmt, err);

	if (r < 0)
		return r;
	sqlite3_bind_text(stmt, 1, target, -1, SQLITE_STATIC);
	return db_run(stmt, err);
}

static int keep(const char *path, const char *made)
{
	_cleanup_(mem_freep) char *first = copy_name(path, 1), *second = copy_name(path, 2);

	if (same_content(made, first))
		return unlink(made) < 0 ? -errno : 0;
	if (rename(first, second) < 0 && errno != ENOENT)
		return -errno;
	return rename(made, first) < 0 ? -errno : 0;
}

int state_copy_make(sqlite3 *db, const char *path, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *made = mem_printf("%s.copy", path);
	int64_t apps = 0;
	int r = db_query_int(db, "SELECT count(*) FROM app", &apps, err);

	if (r < 0 || apps == 0)
		return r;
	r = make_empty(made);
	if (r < 0)
		return pmc_error_errno(err, r, "cannot make %s", made);
	r = vacuum_into(db, made, err);
	if (r == 0 && (r = keep(path, made)) < 0)
		pmc_error_errno(err, r, "cannot keep %s", made);
	if (r < 0)
		unlink(made);
	return r;
}

/* 0: no copy worth the name. */
static int newest(const char *path, struct stat *ret_stat)
{
	for (int number = 1; number <= 2; number++) {
		_cleanup_(mem_freep) char *name = copy_name(path, number);

		if (lstat(name, ret_stat) == 0 && S_ISREG(ret_stat->st_mode) &&
		    ret_stat->st_size > 0)
			return number;
	}
	return 0;
}

bool state_copy_exists(const char *path)
{
	struct stat st;

	return newest(path, &st) > 0;
}

void state_copy_hint(const char *path, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *dir = path_dir(path);
	const char *name = path_base(path);
	char when[32];
	struct stat st;
	struct tm tm;
	int number = newest(path, &st);

	if (number == 0) {
		pmc_error_hint(err,
			       "there is no copy of it; to begin with an empty list: cd %s && mv "
			       "%s %s.bad && "
			       "rm -f %s-wal %s-shm",
			       dir, name, name, name, name);
		return;
	}
	localtime_r(&st.st_mtime, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	pmc_error_hint(err,
		       "the newest copy is %s.%d of %s; to restore it: cd %s && mv %s %s.bad && "
		       "rm -f %s-wal %s-shm && cp -p %s.%d %s",
		       path, number, when, dir, name, name, name, name, name, number, name);
}
