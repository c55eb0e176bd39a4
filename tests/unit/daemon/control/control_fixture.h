/* control_fixture: a server in a loop, and clients that are plain sockets in the same thread. */
#pragma once
#include "tests/unit/daemon/loop_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <jansson.h>

#include "daemon/bus/bus.h"
#include "daemon/control/api.h"
#include "daemon/control/request.h"
#include "daemon/control/server.h"
#include "daemon/control/server_bind.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/base/str.h"

#define HELLO "{\"hello\":{\"protocol\":[1,0],\"version\":\"0\"}}\n"
#define PING "{\"id\":7,\"method\":\"daemon.ping\",\"params\":{}}\n"
#define PONG "{\"id\":7,\"result\":{\"method\":\"daemon.ping\"}}"
#define IDLE_MS 200
#define STALL_MS 200
#define QUEUE_MAX (1 << 20)

struct client {
	int fd;
	struct str in;
	char line[65536]; /* the last one read */
	bool closed;	  /* by the server */
};

struct control_fixture {
	struct loop_fixture fx;
	struct bus *bus;
	struct api_context api;
	struct server *server;
	int rebound; /* how often the server bound its socket again */
};

static struct control_fixture fixture;

static inline void control_fixture_on_listener(int fd, void *owner)
{
	assert_true(fd >= 0);
	((struct control_fixture *)owner)->rebound++;
}

static inline void control_fixture_serve(int clients_max)
{
	struct pmc_error err = {};
	int fd = server_bind(fixture.fx.home, &err);
	struct server_config config = {.api = &fixture.api,
				       .home = fixture.fx.home,
				       .clients_max = clients_max,
				       .on_listener = control_fixture_on_listener,
				       .owner = &fixture,
				       .idle_ms = IDLE_MS,
				       .stall_ms = STALL_MS,
				       .queue_max = QUEUE_MAX};

	if (fd < 0)
		fail_msg("%s", err.message);
	fixture.server = server_create(&fixture.fx.handles, fd, &config);
}

static inline int control_fixture_set_up(void **state)
{
	_cleanup_(mem_freep) char *run = NULL;

	fixture = (struct control_fixture){};
	loop_fixture_set_up(&fixture.fx);
	run = loop_fixture_path(&fixture.fx, "run");
	assert_int_equal(mkdir(run, 0700), 0);
	fixture.bus = bus_create(&fixture.fx.handles);
	fixture.api = (struct api_context){.bus = fixture.bus, .version = "0.1.0"};
	control_fixture_serve(64);
	return 0;
}

static inline int control_fixture_tear_down(void **state)
{
	server_destroy(fixture.server);
	bus_destroy(fixture.bus);
	loop_fixture_tear_down(&fixture.fx);
	return 0;
}

/* Let the server do what there is to do, without waiting. */
static inline void turn(void)
{
	for (int i = 0; i < 4; i++)
		uv_run(&fixture.fx.loop, UV_RUN_NOWAIT);
}

static inline bool client_try_connect(struct client *client)
{
	_cleanup_(mem_freep) char *path = loop_fixture_path(&fixture.fx, "run/pmc.sock");
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	*client = (struct client){
		.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
	assert_true(client->fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return connect(client->fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

static inline void client_connect(struct client *client)
{
	assert_true(client_try_connect(client));
}

static inline void client_close(struct client *client)
{
	close(client->fd);
	str_done(&client->in);
}

/* Send as much as goes without waiting for the server; returns how much went. */
static inline size_t client_push(struct client *client, const char *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = send(client->fd, data + done, len - done, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0)
			break;
		done += (size_t)n;
	}
	return done;
}

/* Send all of it, turning the server. */
static inline void client_send(struct client *client, const char *text)
{
	size_t len = strlen(text), done = 0;
	int64_t deadline_ms = clock_now_ms() + DEADLINE_MS;

	while (done < len && clock_now_ms() < deadline_ms) {
		done += client_push(client, text + done, len - done);
		turn();
	}
	assert_int_equal(done, len);
}

/* One read; false: nothing there. */
static inline bool client_pull(struct client *client)
{
	char buf[65536];
	ssize_t n = recv(client->fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n > 0)
		str_append_bytes(&client->in, buf, (size_t)n);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		client->closed = true;
	return n > 0;
}

/* The next line, without its newline; NULL when the server closed instead. */
static inline const char *client_line(struct client *client)
{
	int64_t deadline_ms = clock_now_ms() + DEADLINE_MS;

	for (;;) {
		char *newline =
			client->in.len ? memchr(client->in.data, '\n', client->in.len) : NULL;

		if (newline) {
			size_t len = (size_t)(newline - client->in.data);

			assert_true(len < sizeof(client->line));
			memcpy(client->line, client->in.data, len);
			client->line[len] = '\0';
			str_consume(&client->in, len + 1);
			return client->line;
		}
		if (client->closed)
			return NULL;
		if (clock_now_ms() > deadline_ms)
			fail_msg("no line came");
		uv_run(&fixture.fx.loop, UV_RUN_NOWAIT);
		client_pull(client);
	}
}

static inline void client_expect(struct client *client, const char *part)
{
	const char *line = client_line(client);

	if (!line)
		fail_msg("closed, when this was expected: %s", part);
	else if (!strstr(line, part))
		fail_msg("'%s' is not in '%s'", part, line);
}

static inline void client_expect_close(struct client *client)
{
	const char *line = client_line(client);

	if (line)
		fail_msg("expected an end, not %s", line);
}

/* Connect and say hello. */
static inline void client_greet(struct client *client)
{
	client_connect(client);
	client_send(client, HELLO);
	client_expect(client,
		      "\"hello\":{\"protocol\":[1,0],\"version\":\"0.1.0\",\"engine_pid\":");
}

/* The daemon still serves others. */
static inline void expect_service(void)
{
	struct client client;

	client_greet(&client);
	client_send(&client, PING);
	client_expect(&client, PONG);
	client_close(&client);
	turn();
}
