/* What a process writes to its Node channel: bytes into lines, lines into messages, messages to the
 * cluster primary and to the reader of PM2's types. The first byte says in which pieces the rest
 * arrives, the second whether the server hands connections over. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/node/channel_lines.h"
#include "daemon/node/cluster_primary.h"
#include "daemon/node/node_axm.h"
#include "daemon/node/node_message.h"
#include "tests/fuzz/fuzz.h"

#define LINE_MAX_BYTES 4096
#define CONNECTION_FD 5 /* never touched: the primary only passes numbers on */

struct world {
	struct cluster_primary *primary;
	struct cluster_worker *worker;
	bool hands_over, given;
};

static int on_send(void *worker, const char *line, size_t len, int fd)
{
	struct node_message msg;

	/* what Node would die of */
	assert(len > 1 && line[len - 1] == '\n' && !memchr(line, '\n', len - 1));
	assert(node_message_parse(line, len - 1, &msg) == 0);
	node_message_done(&msg);
	return len % 7 ? 0 : -ENOBUFS;
}

static int on_open(void *app, struct cluster_server *server)
{
	const struct cluster_query *query = &server->record.query;

	assert(memchr(query->host, '\0', sizeof(query->host)));
	assert(memchr(query->data, '\0', sizeof(query->data)));
	server->record.hands_over =
		((struct world *)app)->hands_over && !cluster_query_is_udp(query);
	return query->backlog < 0 ? -EINVAL : 0;
}

static int on_lane(void *worker, struct cluster_server *server, int *ret_fd)
{
	*ret_fd = CONNECTION_FD;
	return server->record.query.backlog == 1 ? -EMFILE : 0;
}

static void on_leave(void *worker, struct cluster_server *server)
{
}

static void on_close(void *app, struct cluster_server *server)
{
}

static void on_event(void *worker, enum cluster_primary_event event, struct cluster_server *server)
{
}

static void on_back(void *app, struct cluster_server *server, int fd, bool taken)
{
	struct world *world = app;

	assert(world->given && fd == CONNECTION_FD);
	world->given = false;
}

static void on_room(void *app)
{
}

static const struct cluster_primary_ops ops = {.send = on_send,
					       .open = on_open,
					       .lane = on_lane,
					       .leave = on_leave,
					       .close = on_close,
					       .event = on_event,
					       .back = on_back,
					       .room = on_room};

static void take_message(struct world *world, const struct node_message *msg)
{
	struct node_axm axm;
	const char *unit;
	char buf[32];

	if (cluster_primary_take(world->worker, msg, 0) || msg->kind != NODE_MESSAGE_TYPED)
		return;
	if (node_axm_parse(msg, &axm) == 0 && axm.value)
		(void)node_axm_metric(axm.value, buf, sizeof(buf), &unit);
}

static void take_line(struct world *world, const struct channel_line *line)
{
	struct cluster_server *server;
	struct node_message msg;

	if (line->too_long) {
		cluster_primary_lost(world->worker, line->text, line->len);
		return;
	}
	if (line->torn || node_message_parse(line->text, line->len, &msg) < 0)
		return;
	take_message(world, &msg);
	node_message_done(&msg);
	server = cluster_primary_next(world->primary, NULL);
	if (server && !world->given &&
	    cluster_primary_give(world->primary, server, CONNECTION_FD, 0) == 0)
		world->given = true;
}

static void take_bytes(struct world *world, const char *data, size_t size, size_t piece)
{
	struct channel_lines lines;

	channel_lines_init(&lines, LINE_MAX_BYTES, false);
	for (size_t at = 0; at < size; at += piece) {
		const char *text = data + at;
		size_t left = size - at < piece ? size - at : piece;
		struct channel_line line;

		while (channel_lines_next(&lines, &text, &left, &line))
			take_line(world, &line);
		channel_lines_keep(&lines, text, left);
		assert(lines.half.len <= LINE_MAX_BYTES);
	}
	channel_lines_done(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cluster_worker_record record = {.id = 1};
	struct world world = {};

	if (size < 2)
		return 0;
	world.hands_over = data[1] & 1;
	world.primary = cluster_primary_create(&ops, &world, 1);
	world.worker = cluster_primary_add(world.primary, &record, NULL);
	cluster_primary_admit(world.worker, true);
	take_bytes(&world, (const char *)data + 2, size - 2, data[0] + 1u);
	cluster_primary_remove(world.worker);
	assert(!world.given && record.members == 0);
	cluster_primary_destroy(world.primary);
	return 0;
}
