#include "daemon/store/db_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/store/db.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"

/* Offsets in the header of a database file. Source: SQLite, "Database File Format", section 1.3. */
enum {
	HEADER_BYTES = 100,
	HEADER_PAGE_SIZE = 16,
	HEADER_WRITE_VERSION = 18,
	HEADER_READ_VERSION = 19,
	HEADER_APPLICATION_ID = 68,
};
#define HEADER_MAGIC "SQLite format 3"
#define VERSION_WAL 2

static int corrupt(struct pmc_error *err, const char *path, const char *why)
{
	return pmc_error_set(err, -EUCLEAN, "%s %s", path, why);
}

static uint32_t big_endian(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* Look at the file before SQLite does, which would take over whatever has the right format. It must
 * be closed again before SQLite opens it: closing drops the locks of the whole process. Returns 1
 * if there is nothing in it yet. */
static int check_header(const struct db_file_kind *kind, const char *path, int64_t *ret_size,
			struct pmc_error *err)
{
	_cleanup_(fdio_closep) int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	unsigned char header[HEADER_BYTES] = {};
	struct stat st;

	*ret_size = 0;
	if (fd < 0 && errno == ENOENT)
		return 1;
	if (fd < 0 && errno == ELOOP)
		return corrupt(err, path, "is a symbolic link");
	if (fd < 0 || fstat(fd, &st) < 0)
		return pmc_error_errno(err, -errno, "cannot open %s", path);
	if (!S_ISREG(st.st_mode))
		return corrupt(err, path, "is not a regular file");
	*ret_size = st.st_size;
	if (st.st_size == 0) {
		const char *why = kind->why_not_empty ? kind->why_not_empty(path) : NULL;

		return why ? corrupt(err, path, why) : 1;
	}
	if (pread(fd, header, sizeof(header), 0) != HEADER_BYTES)
		return corrupt(err, path, "is too short for a database");
	if (memcmp(header, HEADER_MAGIC, sizeof(HEADER_MAGIC)) != 0)
		return corrupt(err, path, "is not a database: its header is damaged");
	if (big_endian(header + HEADER_APPLICATION_ID) != kind->application_id)
		return corrupt(err, path, "is a database of another program");
	return 0;
}

static int migrate_from(sqlite3 *db, const struct db_file_kind *kind, int64_t version,
			int64_t newest, struct pmc_error *err)
{
	char set_version[48];
	int r = db_exec(db, "BEGIN IMMEDIATE", err);

	for (; r == 0 && version < newest; version++)
		r = db_exec(db, kind->migrations[version], err);
	snprintf(set_version, sizeof(set_version), "PRAGMA user_version=%lld", (long long)newest);
	if (r == 0)
		r = db_exec(db, set_version, err);
	if (r == 0)
		r = db_exec(db, "COMMIT", err);
	if (r < 0)
		db_rollback(db);
	return r;
}

static int migrate(sqlite3 *db, const struct db_file_kind *kind, const char *path,
		   struct pmc_error *err)
{
	int64_t version = 0, newest = 0;
	int r = db_query_int(db, "PRAGMA user_version", &version, err);

	while (kind->migrations[newest])
		newest++;
	if (r < 0 || version == newest)
		return r;
	if (version < 0 || version > newest)
		return pmc_error_set(
			err, -ENOTSUP,
			"%s was written by a newer pmc (version %lld, known up to %lld)", path,
			(long long)version, (long long)newest);
	return migrate_from(db, kind, version, newest, err);
}

/* An empty store is made in memory and appears under its name in one step, so that no death leaves
 * half of one. */
static int make_file(const struct db_file_kind *kind, const char *path, struct pmc_error *err)
{
	char set_id[48];
	sqlite3_int64 size = 0;
	unsigned char *image = NULL;
	sqlite3 *db = NULL;
	int r = sqlite3_open(":memory:", &db) == SQLITE_OK
			? 0
			: db_error(db, "cannot make a store", err);

	snprintf(set_id, sizeof(set_id), "PRAGMA application_id=%u", kind->application_id);
	if (r == 0)
		r = db_exec(db, set_id, err);
	if (r == 0)
		r = migrate(db, kind, path, err);
	if (r < 0)
		goto out;
	image = sqlite3_serialize(db, "main", &size, 0);
	if (!image) {
		r = pmc_error_errno(err, -ENOMEM, "cannot make %s", path);
		goto out;
	}
	image[HEADER_WRITE_VERSION] = image[HEADER_READ_VERSION] = VERSION_WAL;
	r = fdio_replace_file(AT_FDCWD, path, image, (size_t)size);
	if (r < 0)
		pmc_error_errno(err, r, "cannot make %s", path);
out:
	sqlite3_free(image);
	sqlite3_close(db);
	return r;
}

bool db_file_is_regular(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* A log or index left behind by a file that is gone must not be applied to a new one. */
static void remove_companions(const char *path)
{
	static const char *const suffixes[] = {"-wal", "-shm", "-journal"};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		_cleanup_(mem_freep) char *name = mem_printf("%s%s", path, suffixes[i]);

		if (db_file_is_regular(name))
			unlink(name);
	}
}

static int quick_check(sqlite3 *db, const char *path, struct pmc_error *err)
{
	_cleanup_(db_finalizep) sqlite3_stmt *stmt = NULL;
	int r = db_prepare(db, "PRAGMA quick_check(1)", &stmt, NULL);

	if (r < 0 || sqlite3_step(stmt) != SQLITE_ROW)
		return db_error(db, path, err);
	if (strcmp(db_text(stmt, 0), "ok") != 0)
		return pmc_error_set(err, -EUCLEAN, "%s is corrupt: %s", path, db_text(stmt, 0));
	return 0;
}

/* Small caches: the working set is some pages, and the engine shall stay small. Nothing is written
 * to the file until it was found whole. */
static int set_up(sqlite3 *db, const struct db_file_kind *kind, const char *path, bool check,
		  struct pmc_error *err)
{
	int r;

	sqlite3_busy_timeout(db, kind->busy_ms);
	sqlite3_db_config(db, SQLITE_DBCONFIG_LOOKASIDE, NULL, 256, 32);
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	if (db_exec(db, "PRAGMA cache_size=-256; PRAGMA cell_size_check=1", NULL) < 0)
		return db_error(db, path, err);
	r = check ? quick_check(db, path, err) : 0;
	if (r < 0)
		return r;
	if (db_exec(db, "PRAGMA journal_mode=WAL; PRAGMA journal_size_limit=1048576", NULL) < 0 ||
	    db_exec(db, kind->durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
		    NULL) < 0)
		return db_error(db, path, err);
	r = migrate(db, kind, path, err);
	if (r < 0)
		return r;
	/* SQLite is content with a file, or the memory beside it, that can only be read: better to
	 * fail now and be tried again */
	return db_exec(db, "BEGIN IMMEDIATE; ROLLBACK", NULL) < 0 ? db_error(db, path, err) : 0;
}

int db_file_open(const struct db_file_kind *kind, const char *path, sqlite3 **ret_db,
		 struct pmc_error *err)
{
	sqlite3 *db = NULL;
	int64_t size;
	int fresh = check_header(kind, path, &size, err), r = fresh;

	if (fresh == 1) {
		remove_companions(path);
		r = make_file(kind, path, err);
	}
	if (r < 0)
		return r;
	if (sqlite3_open_v2(path, &db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
			    NULL) != SQLITE_OK)
		r = db_error(db, "cannot open the store", err);
	else
		r = set_up(db, kind, path, !fresh && size <= kind->check_max_bytes, err);
	if (r < 0) {
		db_file_close(db, false);
		return r;
	}
	*ret_db = db;
	return 0;
}

void db_file_close(sqlite3 *db, bool checkpoint)
{
	if (db && checkpoint)
		sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	sqlite3_close(db);
}
