#include "tests/unit/daemon/node/node_rig.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "daemon/node/node_message.h"
#include "shared/base/fdio.h"

#define CHANNEL_FD 3

static void note(struct node_rig *rig, const char *fmt, ...) _printf_(2, 3);

static void note(struct node_rig *rig, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	str_appendv(&rig->log, fmt, args);
	va_end(args);
	str_append_char(&rig->log, ' ');
	rig->came = rig->awaited && strstr(rig->log.data, rig->awaited);
}

static int on_send(void *owner, const char *line, size_t len, int fd)
{
	return channel_send(&((struct node_rig_worker *)owner)->channel, line, len, fd);
}

static int make_socket(const struct cluster_query *query, int *ret_port)
{
	bool local = query->kind == CLUSTER_QUERY_UNIX, udp = cluster_query_is_udp(query);
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)query->port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct sockaddr *address = local ? (void *)&un : (void *)&in;
	socklen_t len = local ? sizeof(un) : sizeof(in);
	int fd = socket(address->sa_family, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	if (local) {
		assert_true(strlen(query->host) < sizeof(un.sun_path));
		memcpy(un.sun_path, query->host, strlen(query->host));
	}
	if (bind(fd, address, len) < 0 || (!udp && listen(fd, 511) < 0)) {
		close(fd);
		return -errno;
	}
	if (!local) {
		getsockname(fd, address, &len);
		*ret_port = ntohs(in.sin_port);
	}
	return fd;
}

static int on_open(void *app, struct cluster_server *server)
{
	struct node_rig *rig = app;
	int port = -1, fd = make_socket(&server->record.query, &port);

	if (fd < 0)
		return fd;
	server->sockets = (void *)(intptr_t)fd;
	server->record.bound_port = port;
	server->record.hands_over = rig->hands_over;
	if (port > 0)
		server->address = (struct cluster_query_address){.host = "127.0.0.1", .port = port};
	return 0;
}

static int on_lane(void *owner, struct cluster_server *server, int *ret_fd)
{
	*ret_fd = (int)(intptr_t)server->sockets;
	return 0;
}

static void on_leave(void *owner, struct cluster_server *server)
{
}

static void on_close(void *app, struct cluster_server *server)
{
	close((int)(intptr_t)server->sockets);
	note(app, "close(%u)", server->record.number);
}

static void on_event(void *owner, enum cluster_primary_event event, struct cluster_server *server)
{
	static const char *const names[] = {"online",  "listening", "closed",
					    "leaving", "drains",    "stuck"};
	struct node_rig_worker *w = owner;

	if (server)
		note(w->rig, "%d:%s(%u)", w->number, names[event], server->record.number);
	else
		note(w->rig, "%d:%s", w->number, names[event]);
	if (event == CLUSTER_PRIMARY_LISTENING)
		cluster_primary_admit(w->cluster, true);
}

static void on_back(void *app, struct cluster_server *server, int fd, bool taken)
{
	note(app, taken ? "taken" : "back");
	close(fd);
}

static void on_room(void *app)
{
}

static const struct cluster_primary_ops primary_ops = {.send = on_send,
						       .open = on_open,
						       .lane = on_lane,
						       .leave = on_leave,
						       .close = on_close,
						       .event = on_event,
						       .back = on_back,
						       .room = on_room};

static void on_line(struct channel *ch, const char *line, size_t len)
{
	struct node_rig_worker *w = ch->owner;
	struct node_message msg;

	if (node_message_parse(line, len, &msg) < 0) {
		note(w->rig, "%d:rubbish", w->number);
		return;
	}
	if (!cluster_primary_take(w->cluster, &msg, 0))
		note(w->rig, "%d>%.*s", w->number, (int)msg.len, msg.text);
	node_message_done(&msg);
}

static void on_lost(struct channel *ch, const char *head, size_t len, uint64_t bytes)
{
	struct node_rig_worker *w = ch->owner;

	cluster_primary_lost(w->cluster, head, len);
	note(w->rig, "%d:lost", w->number);
}

static void on_ended(struct channel *ch)
{
	struct node_rig_worker *w = ch->owner;

	w->ended = true;
	note(w->rig, "%d:ended", w->number);
}

static const struct channel_ops channel_ops = {.line = on_line, .lost = on_lost, .ended = on_ended};

void node_rig_set_up(struct node_rig *rig, const char *app)
{
	*rig = (struct node_rig){.app = app};
	loop_fixture_set_up(&rig->loop);
	rig->primary = cluster_primary_create(&primary_ops, rig, 1);
}

static void on_channel_closed(void *owner)
{
	((struct node_rig_worker *)owner)->closed = true;
}

static void close_channel(struct node_rig_worker *worker)
{
	worker->closed = false;
	channel_close(&worker->channel, on_channel_closed);
	loop_fixture_wait(&worker->rig->loop, &worker->closed);
}

static void end_worker(struct node_rig_worker *worker)
{
	if (worker->pid > 0) {
		kill(worker->pid, SIGKILL);
		waitpid(worker->pid, NULL, 0);
	}
	cluster_primary_remove(worker->cluster);
	close_channel(worker);
	fdio_closep(&worker->shelf);
}

void node_rig_tear_down(struct node_rig *rig)
{
	for (int i = 0; i < NODE_RIG_WORKERS; i++) {
		if (rig->workers[i].used)
			end_worker(&rig->workers[i]);
	}
	cluster_primary_sweep(rig->primary);
	cluster_primary_destroy(rig->primary);
	loop_fixture_tear_down(&rig->loop);
	str_done(&rig->log);
}

/* In the child. */
static void run_node(const struct node_rig *rig, int channel, int id, const char *first,
		     const char *second)
{
	const char *node = getenv("PMC_TEST_NODE"), *argv[8] = {"node"};
	char number[12];
	int n = 1;

	if (channel == CHANNEL_FD)
		fcntl(channel, F_SETFD, 0);
	else
		dup2(channel, CHANNEL_FD);
	snprintf(number, sizeof(number), "%d", id);
	setenv("NODE_CHANNEL_FD", "3", 1);
	setenv("NODE_CHANNEL_SERIALIZATION_MODE", "json", 1);
	setenv("NODE_UNIQUE_ID", number, 1);
	if (rig->listens_for)
		setenv("APP_LISTENS_FOR", rig->listens_for, 1);
	if (rig->preload) {
		argv[n++] = "-r";
		argv[n++] = rig->preload;
	}
	argv[n++] = rig->app;
	argv[n++] = first;
	argv[n++] = second;
	signal(SIGPIPE, SIG_DFL);
	execvp(node ? node : "node", (char **)(uintptr_t)argv);
	_exit(127);
}

static void open_channel(struct node_rig_worker *worker)
{
	int fd = fcntl(worker->shelf, F_DUPFD_CLOEXEC, 10);

	assert_int_equal(channel_open(&worker->channel, &worker->rig->loop.loop, fd, &worker->mark,
				      &channel_ops, worker, NULL),
			 0);
}

struct node_rig_worker *node_rig_start(struct node_rig *rig, int number, const char *first,
				       const char *second)
{
	struct node_rig_worker *w = &rig->workers[number - 1];
	int theirs;

	assert_false(w->used);
	*w = (struct node_rig_worker){.rig = rig, .number = number, .used = true};
	w->record.id = (uint32_t)number;
	w->cluster = cluster_primary_add(rig->primary, &w->record, w);
	assert_int_equal(channel_pair(&w->shelf, &theirs), 0);
	open_channel(w);
	w->pid = fork();
	assert_true(w->pid >= 0);
	if (w->pid == 0)
		run_node(rig, theirs, number, first, second);
	close(theirs);
	return w;
}

void node_rig_await(struct node_rig *rig, const char *text)
{
	char *at;

	rig->awaited = text;
	rig->came = strstr(str_cstr(&rig->log), text);
	if (!rig->came)
		loop_fixture_wait(&rig->loop, &rig->came);
	at = strstr(rig->log.data, text);
	str_consume(&rig->log, (size_t)(at - rig->log.data) + strlen(text));
	rig->awaited = NULL;
}

void node_rig_next_engine(struct node_rig_worker *worker)
{
	close_channel(worker);
	open_channel(worker);
}

int node_rig_exit_status(struct node_rig_worker *worker)
{
	int status;

	assert_int_equal(waitpid(worker->pid, &status, 0), worker->pid);
	worker->pid = 0;
	return status;
}

int node_rig_connect(struct node_rig *rig, unsigned place)
{
	struct cluster_server *server = cluster_primary_next(rig->primary, NULL);
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	while (server && server->record.place != place)
		server = cluster_primary_next(rig->primary, server);
	assert_non_null(server);
	in.sin_port = htons((uint16_t)server->record.bound_port);
	assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

void node_rig_ask(int fd, const char *path)
{
	_cleanup_(mem_freep) char *text = mem_printf("GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);

	assert_int_equal(fdio_write_all(fd, text, strlen(text)), 0);
}

struct answer {
	struct str text;
	bool raw; /* not HTTP: whatever comes */
	bool whole;
};

/* The body is one chunk or has a length; either way it is a worker's number, then the end. */
static bool is_whole(const char *text)
{
	const char *body = strstr(text, "\r\n\r\n");
	const char *length = strcasestr(text, "content-length: ");

	if (!body)
		return false;
	if (length && length < body)
		return strlen(body + 4) >= strtoul(length + strlen("content-length: "), NULL, 10);
	return strstr(body, "\r\n0\r\n\r\n");
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct answer *answer = poll->data;
	char buf[4096];
	ssize_t n;
	int fd;

	uv_fileno((uv_handle_t *)poll, &fd);
	n = read(fd, buf, sizeof(buf));
	if (n > 0)
		str_append_bytes(&answer->text, buf, (size_t)n);
	answer->whole = answer->raw || n <= 0 || is_whole(str_cstr(&answer->text));
}

static char *read_answer(struct node_rig *rig, int fd, bool raw)
{
	struct answer answer = {.raw = raw};
	uv_poll_t poll;

	assert_int_equal(uv_poll_init(&rig->loop.loop, &poll, fd), 0);
	poll.data = &answer;
	uv_poll_start(&poll, UV_READABLE, on_readable);
	loop_fixture_wait(&rig->loop, &answer.whole);
	uv_close((uv_handle_t *)&poll, NULL);
	uv_run(&rig->loop.loop, UV_RUN_NOWAIT);
	return str_steal(&answer.text);
}

char *node_rig_answer(struct node_rig *rig, int fd)
{
	return read_answer(rig, fd, false);
}

char *node_rig_read(struct node_rig *rig, int fd)
{
	return read_answer(rig, fd, true);
}

char *node_rig_request(struct node_rig *rig, int fd, const char *path)
{
	node_rig_ask(fd, path);
	return node_rig_answer(rig, fd);
}
