#include "daemon/store/state_change.h"

#include "daemon/store/db.h"
#include "shared/base/mem.h"

enum kind { PUT_APP, DELETE_APP, PUT_INSTANCE, DELETE_INSTANCE, FORGET_ALL };

struct operation {
	struct operation *next;
	enum kind kind;
	struct state_app app;
	struct state_instance instance;
};

struct state_change {
	struct operation *first, **end;
	char *request_id;
	bool only_ask;
};

static const char *const sql[STATE_CHANGE_KINDS] = {
	[PUT_APP] = "INSERT OR REPLACE INTO app (name, spec, env, unique_id, created_us) "
		    "VALUES (?1, ?2, ?3, ?4, ?5)",
	[DELETE_APP] = "DELETE FROM app WHERE name = ?1",
	[PUT_INSTANCE] = "INSERT OR REPLACE INTO instance (pm_id, app, number, wanted, generation) "
			 "VALUES (?1, ?2, ?3, ?4, ?5)",
	[DELETE_INSTANCE] = "DELETE FROM instance WHERE pm_id = ?1",
	[FORGET_ALL] = "DELETE FROM instance",
};

struct state_change *state_change_create(void)
{
	struct state_change *change = mem_zalloc(sizeof(*change));

	change->end = &change->first;
	return change;
}

static void free_operation(struct operation *op)
{
	free(op->app.name);
	free(op->app.spec_json);
	free(op->app.env_json);
	free(op->app.unique_id);
	free(op->instance.app);
	free(op);
}

void state_change_destroy(struct state_change *change)
{
	if (!change)
		return;
	for (struct operation *op = change->first, *next; op; op = next) {
		next = op->next;
		free_operation(op);
	}
	free(change->request_id);
	free(change);
}

static struct operation *add(struct state_change *change, enum kind kind)
{
	struct operation *op = mem_zalloc(sizeof(*op));

	op->kind = kind;
	*change->end = op;
	change->end = &op->next;
	return op;
}

void state_change_put_app(struct state_change *change, const struct state_app *app)
{
	add(change, PUT_APP)->app = (struct state_app){
		.name = mem_strdup(app->name),
		.spec_json = mem_strdup(app->spec_json),
		.env_json = mem_strdup(app->env_json),
		.unique_id = mem_strdup(app->unique_id),
		.created_us = app->created_us,
	};
}

void state_change_delete_app(struct state_change *change, const char *name)
{
	add(change, DELETE_APP)->app.name = mem_strdup(name);
}

void state_change_put_instance(struct state_change *change, const struct state_instance *instance)
{
	struct operation *op = add(change, PUT_INSTANCE);

	op->instance = *instance;
	op->instance.app = mem_strdup(instance->app);
}

void state_change_delete_instance(struct state_change *change, int pm_id)
{
	add(change, DELETE_INSTANCE)->instance.pm_id = pm_id;
}

void state_change_forget_all(struct state_change *change)
{
	add(change, FORGET_ALL);
}

void state_change_request(struct state_change *change, const char *request_id)
{
	free(change->request_id);
	change->request_id = mem_strdup(request_id);
}

void state_change_only_ask(struct state_change *change)
{
	change->only_ask = true;
}

bool state_change_asks(const struct state_change *change)
{
	return change->only_ask;
}

const char *state_change_request_id(const struct state_change *change)
{
	return change->request_id;
}

void state_change_statements_done(struct state_change_statements *statements)
{
	for (size_t i = 0; i < STATE_CHANGE_KINDS; i++)
		db_finalizep(&statements->stmt[i]);
}

static void bind_values(sqlite3_stmt *stmt, const struct operation *op)
{
	const struct state_app *app = &op->app;
	const struct state_instance *instance = &op->instance;

	switch (op->kind) {
	case PUT_APP:
		sqlite3_bind_text(stmt, 2, app->spec_json, -1, SQLITE_STATIC);
		sqlite3_bind_text(stmt, 3, app->env_json, -1, SQLITE_STATIC);
		sqlite3_bind_text(stmt, 4, app->unique_id, -1, SQLITE_STATIC);
		sqlite3_bind_int64(stmt, 5, app->created_us);
		/* fall through */
	case DELETE_APP:
		sqlite3_bind_text(stmt, 1, app->name, -1, SQLITE_STATIC);
		return;
	case PUT_INSTANCE:
		sqlite3_bind_text(stmt, 2, instance->app, -1, SQLITE_STATIC);
		sqlite3_bind_int(stmt, 3, instance->number);
		sqlite3_bind_int(stmt, 4, instance->wanted);
		sqlite3_bind_int64(stmt, 5, instance->generation);
		/* fall through */
	case DELETE_INSTANCE:
		sqlite3_bind_int(stmt, 1, instance->pm_id);
		return;
	case FORGET_ALL:
		return;
	}
	unreachable();
}

static int apply(const struct operation *op, sqlite3 *db, sqlite3_stmt **stmt,
		 struct pmc_error *err)
{
	int r = *stmt ? 0 : db_prepare(db, sql[op->kind], stmt, err);

	if (r < 0)
		return r;
	bind_values(*stmt, op);
	r = db_run(*stmt, err);
	sqlite3_clear_bindings(*stmt);
	if (r == 0 && op->kind == FORGET_ALL)
		r = db_exec(db, "DELETE FROM app", err);
	return r;
}

int state_change_apply(const struct state_change *change, sqlite3 *db,
		       struct state_change_statements *statements, struct pmc_error *err)
{
	int r = 0;

	for (const struct operation *op = change->first; op && r == 0; op = op->next)
		r = apply(op, db, &statements->stmt[op->kind], err);
	return r;
}
