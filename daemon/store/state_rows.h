/* state_rows: all of state.db in memory, as state.h hands it out. */
#pragma once
#include <sqlite3.h>

#include "daemon/store/state.h"

/* Read both tables. On an error what was read is in `rows` too; state_rows_done() frees it. Blocks.
 */
int state_rows_read(sqlite3 *db, struct state_rows *rows, struct pmc_error *err);
