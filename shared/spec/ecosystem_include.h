/* ecosystem_include: `include:` of a file: a name or pattern, or a list of them, relative to its
 * folder (* ? [a-z], by glob(3)). A file that was read before is not read again; a circle is
 * a mistake. Inside of ecosystem only. */
#pragma once

struct ecosystem_apps;
struct ecosystem_apps_file;
struct node;

#define ECOSYSTEM_INCLUDE_DEPTH_MAX 16
#define ECOSYSTEM_INCLUDE_FILES_MAX 1000

/* Read all files that `node` names. Mistakes go to the diagnostics. */
void ecosystem_include_read(struct ecosystem_apps *apps, const struct ecosystem_apps_file *file,
			    const struct node *node);
