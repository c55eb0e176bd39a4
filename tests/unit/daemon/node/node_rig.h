/* node_rig: real Node workers under a cluster primary whose sockets are made the simplest way. For
 * tests: the part that daemon/run plays in the daemon. */
#pragma once
#include "daemon/node/channel.h"
#include "daemon/node/cluster_primary.h"
#include "tests/unit/daemon/loop_fixture.h"

#define NODE_RIG_WORKERS 4

struct node_rig;

struct node_rig_worker {
	struct node_rig *rig;
	int number;
	pid_t pid;
	int shelf; /* a copy of our end, as the keeper has one */
	bool used, ended, closed;
	struct channel channel;
	struct channel_mark mark;
	struct cluster_worker *cluster;
	struct cluster_worker_record record;
};

struct node_rig {
	struct loop_fixture loop;
	const char *app, *preload; /* preload: NULL for none */
	const char *listens_for;   /* a signal's name, or NULL */
	struct cluster_primary *primary;
	struct node_rig_worker workers[NODE_RIG_WORKERS];
	bool hands_over;
	struct str log; /* what happened: "1:online 1:listening 1>\"ready\" …" */
	const char *awaited;
	bool came;
};

void node_rig_set_up(struct node_rig *rig, const char *app);
void node_rig_tear_down(struct node_rig *rig);

/* Start worker `number` (from 1) with one argument or two (the second may be NULL). */
struct node_rig_worker *node_rig_start(struct node_rig *rig, int number, const char *first,
				       const char *second);

/* Turn the loop until `text` is in the log, then forget all up to its end. Fails if it does not
 * come. */
void node_rig_await(struct node_rig *rig, const char *text);

/* The engine dies and the next one takes over the worker's channel. */
void node_rig_next_engine(struct node_rig_worker *worker);

/* The exit status of a worker that ends by itself; its channel is closed by then. */
int node_rig_exit_status(struct node_rig_worker *worker);

/* One connection to the only server's port (or that of place `place`). */
int node_rig_connect(struct node_rig *rig, unsigned place);

/* Send a request and turn the loop until the whole answer is there: its text, a new string. */
char *node_rig_request(struct node_rig *rig, int fd, const char *path);

/* The same in two halves. */
void node_rig_ask(int fd, const char *path);
char *node_rig_answer(struct node_rig *rig, int fd);

/* Whatever comes first on `fd`: a new string. */
char *node_rig_read(struct node_rig *rig, int fd);
