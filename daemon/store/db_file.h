/* db_file: one SQLite file of ours: look at it, make it, migrate it, open it.
 *
 * It does not know what the tables mean. A file that is not ours, or not whole, is never written
 * to. */
#pragma once
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/base/error.h"

/* What distinguishes one of our files. */
struct db_file_kind {
	uint32_t application_id;       /* in the file's header */
	const char *const *migrations; /* migrations.h */
	bool durable; /* synchronous=FULL: a commit is on the disk when it returns; else NORMAL */
	int busy_ms;  /* how long a lock of another program is waited for */
	int64_t check_max_bytes; /* larger files are not read whole at open */
	/* May an empty file be filled? NULL, or the reason why not. Itself may be NULL: always. */
	const char *(*why_not_empty)(const char *path);
};

/* Open `path`, or make it (0600) when it is missing. WAL. Blocks.
 * -EUCLEAN: corrupt, cut, of another program or no regular file; nothing was written. -ENOTSUP: of
 * a newer pmc. -EBUSY: locked by another program. -ENOSPC, -EROFS, -EACCES, … */
int db_file_open(const struct db_file_kind *kind, const char *path, sqlite3 **ret_db,
		 struct pmc_error *err);

/* Checkpoint if the file is whole (`checkpoint`), close. Accepts NULL. */
void db_file_close(sqlite3 *db, bool checkpoint);

/* Is there a regular file of this name (not a link to one)? Nothing else is ever renamed or
 * removed. */
bool db_file_is_regular(const char *path);
