#include "daemon/store/db.h"

#include <errno.h>

#include "shared/base/mem.h"

static int error_number(sqlite3 *db)
{
	switch (sqlite3_extended_errcode(db) & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_INTERRUPT:
		return -ECANCELED;
	case SQLITE_TOOBIG:
		return -EMSGSIZE;
	case SQLITE_PERM:
		return -EACCES;
	default:
		return sqlite3_system_errno(db) > 0 ? -sqlite3_system_errno(db) : -EIO;
	}
}

int db_error(sqlite3 *db, const char *doing, struct pmc_error *err)
{
	int code = error_number(db);

	if (code == -EUCLEAN || code == -EBUSY)
		return pmc_error_set(err, code, "%s: %s", doing, sqlite3_errmsg(db));
	return pmc_error_errno(err, code, "%s: %s", doing, sqlite3_errmsg(db));
}

int db_exec(sqlite3 *db, const char *sql, struct pmc_error *err)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK
		       ? 0
		       : db_error(db, "cannot write the store", err);
}

int db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_stmt, struct pmc_error *err)
{
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v3(db, sql, -1, 0, &stmt, NULL) != SQLITE_OK)
		return db_error(db, "cannot read the store", err);
	*ret_stmt = stmt;
	return 0;
}

void db_finalizep(sqlite3_stmt **stmt)
{
	sqlite3_finalize(*stmt);
	*stmt = NULL;
}

int db_run(sqlite3_stmt *stmt, struct pmc_error *err)
{
	int r = sqlite3_step(stmt) == SQLITE_DONE
			? 0
			: db_error(sqlite3_db_handle(stmt), "cannot write the store", err);

	sqlite3_reset(stmt);
	return r;
}

void db_rollback(sqlite3 *db)
{
	if (!sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
}

const char *db_text(sqlite3_stmt *stmt, int column)
{
	const unsigned char *text = sqlite3_column_text(stmt, column);

	return text ? (const char *)text : "";
}

int db_query_int(sqlite3 *db, const char *sql, int64_t *ret_value, struct pmc_error *err)
{
	_cleanup_(db_finalizep) sqlite3_stmt *stmt = NULL;
	int r = db_prepare(db, sql, &stmt, err);

	if (r < 0)
		return r;
	if (sqlite3_step(stmt) != SQLITE_ROW)
		return db_error(db, "cannot read the store", err);
	*ret_value = sqlite3_column_int64(stmt, 0);
	return 0;
}
