#include "daemon/control/server.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "daemon/control/peer.h"
#include "daemon/control/server_bind.h"
#include "daemon/control/session.h"
#include "daemon/control/socket_watch.h"
#include "daemon/loop/handles.h"
#include "shared/base/clock.h"
#include "shared/base/error.h"
#include "shared/base/fdio.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/base/path.h"
#include "shared/ipc/protocol.h"

/* Clients taken in one turn, so that a storm of them leaves time for the rest. */
#define ACCEPT_BATCH 32
#define RETRY_MS 1000
#define GIVES_WAY_MS 1000 /* so long a client must have been idle before another gets its place */

/* A listener that is replaced closes in a later turn, so it is a thing of its own. */
struct listener {
	struct server *server;
	uv_poll_t poll;
	int fd;
};

struct server {
	struct handles *handles;
	struct server_config config;
	char *home, *run_dir, *socket_path;
	struct listener *listener;
	struct socket_watch *watch;
	uv_timer_t retry;
	unsigned parts; /* listeners, timer, sessions that are not yet closed */
	bool closing;
	struct session_host host;
	struct session **sessions; /* room for clients_max */
	unsigned clients;
	int spare_fd; /* given up for a moment to tell a client that no descriptors are left */
	struct peer_gate gate;
	bool bind_failed; /* and that was said */
};

static void on_connection(uv_poll_t *poll, int status, int events);
static void check_name(void *owner);
static void retry_later(struct server *server);

/* --- the end of its parts --- */

static void part_closed(struct server *server)
{
	if (--server->parts > 0 || !server->closing)
		return;
	free(server->home);
	free(server->run_dir);
	free(server->socket_path);
	free(server->sessions);
	free(server);
}

static void on_retry_closed(void *owner)
{
	part_closed(owner);
}

static void on_listener_closed(void *owner)
{
	struct listener *listener = owner;

	part_closed(listener->server);
	free(listener);
}

static void on_session_closed(struct session *session, void *owner)
{
	struct server *server = owner;

	for (unsigned i = 0; i < server->clients; i++) {
		if (server->sessions[i] == session) {
			server->sessions[i] = server->sessions[--server->clients];
			break;
		}
	}
	part_closed(server);
}

/* --- who may come in --- */

/* Who has wanted nothing for the longest time gives way; nobody does who came just now. */
static bool make_room(struct server *server)
{
	int64_t oldest_ms = clock_now_ms() - GIVES_WAY_MS;
	unsigned found = server->clients;

	for (unsigned i = 0; i < server->clients; i++) {
		int64_t since_ms = session_idle_since_ms(server->sessions[i]);

		if (since_ms > oldest_ms)
			continue;
		oldest_ms = since_ms;
		found = i;
	}
	if (found == server->clients)
		return false;
	session_close(server->sessions[found]);
	server->sessions[found] = server->sessions[--server->clients];
	return true;
}

static void take_client(struct server *server, int fd)
{
	if (!peer_is_friend(&server->gate, fd)) {
		peer_turn_away(fd, "refused",
			       "permission denied: this daemon belongs to another user");
		return;
	}
	if (server->clients >= (unsigned)server->config.clients_max && !make_room(server)) {
		peer_turn_away(fd, "busy", "too many clients");
		return;
	}
	server->parts++;
	server->sessions[server->clients++] = session_create(&server->host, fd);
}

/* No descriptors left: the spare one serves to say so, or the client would wait and accept() would
 * spin. */
static void turn_away_with_spare(struct server *server, int listen_fd)
{
	int fd;

	close(server->spare_fd);
	fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0)
		peer_turn_away(fd, "busy", "too many clients: the daemon has no descriptors left");
	server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* False: nobody waits, or it makes no sense to go on now. */
static bool accept_one(struct server *server, int listen_fd)
{
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0) {
		take_client(server, fd);
		return true;
	}
	if (errno == ECONNABORTED || errno == EINTR)
		return true;
	if (errno == EAGAIN)
		return false;
	if ((errno == EMFILE || errno == ENFILE) && server->spare_fd >= 0) {
		turn_away_with_spare(server, listen_fd);
		return server->spare_fd >= 0;
	}
	log_warning("cannot accept clients: %s; trying again", pmc_error_text(errno));
	uv_poll_stop(&server->listener->poll);
	retry_later(server);
	return false;
}

static void accept_some(struct server *server)
{
	for (int i = 0; i < ACCEPT_BATCH && accept_one(server, server->listener->fd); i++)
		;
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
	struct listener *listener = poll->data;

	accept_some(listener->server);
}

/* --- the listener and its name --- */

static void drop_listener(struct server *server)
{
	struct listener *listener = steal_ptr(&server->listener);

	if (!listener)
		return;
	handles_drop(server->handles, (uv_handle_t *)&listener->poll, on_listener_closed, listener);
	close(listener->fd);
}

static void listen_on(struct server *server, int fd)
{
	struct listener *listener = mem_zalloc(sizeof(*listener));
	int r = handles_poll(server->handles, &listener->poll, fd, listener);

	assert(r == 0); /* a socket of ours */
	listener->server = server;
	listener->fd = fd;
	server->listener = listener;
	server->parts++;
	uv_poll_start(&listener->poll, UV_READABLE, on_connection);
}

static void watch_name(struct server *server)
{
	socket_watch_destroy(server->watch);
	server->watch = socket_watch_create(server->handles, server->run_dir, check_name, server);
}

static void bind_again(struct server *server)
{
	struct pmc_error err = {};
	int fd;

	if (mkdir(server->run_dir, 0700) == 0)
		log_warning("%s was gone: made again", server->run_dir);
	watch_name(server);
	fd = server_bind(server->home, &err);
	if (fd < 0) {
		if (!server->bind_failed)
			log_error("%s was removed and cannot be made again: %s",
				  server->socket_path, err.message);
		server->bind_failed = true;
		retry_later(server);
		return;
	}
	server->bind_failed = false;
	accept_some(server); /* those who came by the old name */
	drop_listener(server);
	listen_on(server, fd);
	log_warning("%s was removed: bound again", server->socket_path);
	if (server->config.on_listener)
		server->config.on_listener(fd, server->config.owner);
}

static void check_name(void *owner)
{
	struct server *server = owner;
	struct stat st;

	if (!server->closing && lstat(server->socket_path, &st) < 0 && errno == ENOENT)
		bind_again(server);
}

static void on_retry(uv_timer_t *timer)
{
	struct server *server = timer->data;

	if (server->spare_fd < 0)
		server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	uv_poll_start(&server->listener->poll, UV_READABLE, on_connection);
	check_name(server);
}

static void retry_later(struct server *server)
{
	uv_timer_start(&server->retry, on_retry, RETRY_MS, 0);
}

/* --- life --- */

static void set_up_host(struct server *server)
{
	const struct server_config *config = &server->config;
	struct session_host *host = &server->host;

	host->handles = server->handles;
	host->api = config->api;
	host->idle_ms = config->idle_ms ? config->idle_ms : PROTOCOL_IDLE_MS;
	host->stall_ms = config->stall_ms ? config->stall_ms : PROTOCOL_STALL_MS;
	host->queue_max = config->queue_max ? config->queue_max : PROTOCOL_QUEUE_MAX;
	host->on_closed = on_session_closed;
	host->owner = server;
}

struct server *server_create(struct handles *handles, int listen_fd,
			     const struct server_config *config)
{
	struct server *server = mem_zalloc(sizeof(*server));

	assert(config->clients_max > 0);
	server->handles = handles;
	server->config = *config;
	server->home = mem_strdup(config->home);
	server->run_dir = path_join(config->home, "run");
	server->socket_path = path_join(server->run_dir, "pmc.sock");
	server->sessions = mem_resize(NULL, (size_t)config->clients_max, sizeof(*server->sessions));
	server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	set_up_host(server);
	handles_timer(handles, &server->retry, server);
	server->parts = 1;
	listen_on(server, listen_fd);
	watch_name(server);
	check_name(server);
	return server;
}

void server_destroy(struct server *server)
{
	if (!server)
		return;
	server->closing = true;
	for (unsigned i = 0; i < server->clients; i++)
		session_close(server->sessions[i]);
	socket_watch_destroy(steal_ptr(&server->watch));
	drop_listener(server);
	fdio_closep(&server->spare_fd);
	handles_drop(server->handles, (uv_handle_t *)&server->retry, on_retry_closed, server);
}

unsigned server_clients(const struct server *server)
{
	return server->clients;
}
