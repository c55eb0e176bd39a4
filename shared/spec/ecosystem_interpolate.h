/* ecosystem_interpolate: ${NAME} in the values of a file's tree, from the caller's environment.
 *
 * Not looked at: what stands beside the apps for others (x-…, deploy, static), and the profiles
 * that were not chosen. Keys never. Inside of ecosystem only. */
#pragma once

struct ecosystem_apps;
struct ecosystem_apps_file;
struct node;

/* The tree is changed. Mistakes go to the diagnostics. */
void ecosystem_interpolate(struct ecosystem_apps *apps, const struct ecosystem_apps_file *file,
			   struct node *root);
