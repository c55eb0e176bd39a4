/* pm2_record_env: the user's variables of a record of PM2, without those that PM2 sets itself. */
#pragma once
#include <jansson.h>

/* New reference: name → text. `*ret_own` counts what was left out. */
json_t *pm2_record_env(json_t *record, size_t *ret_own);
