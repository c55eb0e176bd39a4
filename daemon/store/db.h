/* db: statements on a SQLite connection, with errors as ours.
 *
 * It knows neither files (db_file) nor threads (db_worker): a connection is used by one thread at a
 * time. */
#pragma once
#include <sqlite3.h>
#include <stdint.h>

#include "shared/base/error.h"

/* Run statements without results. */
int db_exec(sqlite3 *db, const char *sql, struct pmc_error *err);

/* Make a statement; db_finalizep() ends it. */
int db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_stmt, struct pmc_error *err);
void db_finalizep(sqlite3_stmt **stmt); /* for _cleanup_ */

/* The first column of the first row. */
int db_query_int(sqlite3 *db, const char *sql, int64_t *ret_value, struct pmc_error *err);

/* Step a statement that gives no rows, and reset it. */
int db_run(sqlite3_stmt *stmt, struct pmc_error *err);

/* Undo a transaction that did not get to its COMMIT; nothing if there is none. */
void db_rollback(sqlite3 *db);

/* The last error of the connection as a negative errno, with its text in `err`. */
int db_error(sqlite3 *db, const char *doing, struct pmc_error *err);

/* A text column, never NULL, valid until the next step. */
const char *db_text(sqlite3_stmt *stmt, int column);
