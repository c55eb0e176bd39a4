#include "daemon/store/state_rows.h"

#include "daemon/store/db.h"
#include "shared/base/mem.h"

void state_rows_done(struct state_rows *rows)
{
	for (size_t i = 0; i < rows->app_count; i++) {
		free(rows->apps[i].name);
		free(rows->apps[i].spec_json);
		free(rows->apps[i].env_json);
		free(rows->apps[i].unique_id);
	}
	for (size_t i = 0; i < rows->instance_count; i++)
		free(rows->instances[i].app);
	free(rows->apps);
	free(rows->instances);
	*rows = (struct state_rows){};
}

static void read_app(sqlite3_stmt *stmt, struct state_rows *rows)
{
	rows->apps = mem_resize(rows->apps, rows->app_count + 1, sizeof(*rows->apps));
	rows->apps[rows->app_count++] = (struct state_app){
		.name = mem_strdup(db_text(stmt, 0)),
		.spec_json = mem_strdup(db_text(stmt, 1)),
		.env_json = mem_strdup(db_text(stmt, 2)),
		.unique_id = mem_strdup(db_text(stmt, 3)),
		.created_us = sqlite3_column_int64(stmt, 4),
	};
}

static void read_instance(sqlite3_stmt *stmt, struct state_rows *rows)
{
	rows->instances =
		mem_resize(rows->instances, rows->instance_count + 1, sizeof(*rows->instances));
	rows->instances[rows->instance_count++] = (struct state_instance){
		.pm_id = sqlite3_column_int(stmt, 0),
		.app = mem_strdup(db_text(stmt, 1)),
		.number = sqlite3_column_int(stmt, 2),
		.wanted = sqlite3_column_int(stmt, 3) != 0,
		.generation = sqlite3_column_int64(stmt, 4),
	};
}

static int read_table(sqlite3 *db, const char *sql,
		      void (*read)(sqlite3_stmt *, struct state_rows *), struct state_rows *rows,
		      struct pmc_error *err)
{
	_cleanup_(db_finalizep) sqlite3_stmt *stmt = NULL;
	int r = db_prepare(db, sql, &stmt, err);

	if (r < 0)
		return r;
	while ((r = sqlite3_step(stmt)) == SQLITE_ROW)
		read(stmt, rows);
	return r == SQLITE_DONE ? 0 : db_error(db, "cannot read the store", err);
}

int state_rows_read(sqlite3 *db, struct state_rows *rows, struct pmc_error *err)
{
	int r = read_table(db,
			   "SELECT name, spec, env, unique_id, created_us FROM app ORDER BY name",
			   read_app, rows, err);

	return r < 0 ? r
		     : read_table(db,
				  "SELECT pm_id, app, number, wanted, generation FROM instance "
				  "ORDER BY pm_id",
				  read_instance, rows, err);
}
