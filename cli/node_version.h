/* node_version: which Node.js an app runs with, as PM2's `node_version` says it.
 *
 * It is read from what is installed beside the program (include/node/node_version.h, which every
 * package of Node but a few of distributions has), so nothing has to be run for it. */
#pragma once

struct app_view;

/* The program looked at last. {} is none. */
struct node_version {
	char *program, *version;
};

void node_version_done(struct node_version *last);

/* "20.20.2", valid until the next call. NULL: the app does not run with Node, or it is not known.
 */
const char *node_version_of(struct node_version *last, const struct app_view *view);
