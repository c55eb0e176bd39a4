/* migrations: the SQL of migrations/STORE/NNNN.sql, compiled in (migrations.c is made by the
 * build).
 *
 * Number n brings a file from version n to n + 1; NULL ends each list. */
#pragma once
#include <stddef.h>

extern const char *const migrations_state[];
extern const char *const migrations_history[];
