/* ecosystem_app: one app of a file: from its node to a spec that can be started. Inside of
 * ecosystem only. */
#pragma once
#include <stdbool.h>

struct ecosystem_apps;
struct ecosystem_apps_file;
struct node;

/* Add the app; `named`: the node's key is its name. Mistakes go to the diagnostics. */
void ecosystem_app_read(struct ecosystem_apps *apps, struct ecosystem_apps_file *file,
			const struct node *node, bool named);

/* Is the map an app, and not a map of apps? */
bool ecosystem_app_has_script(const struct node *map);
