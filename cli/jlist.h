/* jlist: instances in the JSON that PM2's `jlist` has: same members, same types, each value as
 * often. People's scripts parse it, some of them with grep. Pure: from views.
 *
 * Source: section 9.1 of the description of PM2's behaviour; where PM2 shows its own machinery
 * (agent, modules) there are the empty values a PM2 without agent shows. */
#pragma once
#include <jansson.h>
#include <stddef.h>

struct app_view;
struct str;

/* Append `[{pid, name, pm2_env, pm_id, monit}]`. `env` of a view is what has to be changed in the
 * common environment `env` (NULL: none), as a lean app.describe gives it. */
void jlist_append(struct str *out, const struct app_view *views, size_t count, json_t *env);
