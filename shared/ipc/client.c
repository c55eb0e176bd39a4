#include "shared/ipc/client.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "shared/base/clock.h"
#include "shared/base/fdio.h"
#include "shared/base/str.h"
#include "shared/ipc/client_socket.h"
#include "shared/ipc/frame.h"
#include "shared/ipc/message.h"
#include "shared/ipc/protocol.h"

#define READ_CHUNK_BYTES (128 << 10)

struct client {
	int fd;
	struct frame frame;
	json_int_t last_id;
	char chunk[READ_CHUNK_BYTES];
};

void client_destroy(struct client *client)
{
	if (!client)
		return;
	fdio_closep(&client->fd);
	frame_done(&client->frame);
	free(client);
}

static void client_destroyp(struct client **client)
{
	client_destroy(*client);
}

int client_fd(const struct client *client)
{
	return client->fd;
}

bool client_buffered(const struct client *client)
{
	const struct frame *frame = &client->frame;

	return frame->buf.len - frame->start > frame->partial;
}

static int poll_until(int fd, short events, int64_t deadline_ms)
{
	struct pollfd pfd = {.fd = fd, .events = events};
	int64_t left = deadline_ms < 0 ? -1 : deadline_ms - clock_now_ms();
	int r;

	if (deadline_ms >= 0 && left <= 0)
		return -ETIMEDOUT;
	r = poll(&pfd, 1, (int)left);
	if (r < 0)
		return -errno;
	return r == 0 ? -ETIMEDOUT : 0;
}

/* A signal does not tear a request in two: it goes out whole, or the daemon takes nothing for
 * PROTOCOL_STALL_MS. */
static int send_all(int fd, const char *data, size_t len)
{
	int64_t deadline_ms = clock_now_ms() + PROTOCOL_STALL_MS;

	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		int r = 0;

		if (n < 0 && errno == EAGAIN)
			r = poll_until(fd, POLLOUT, deadline_ms);
		else if (n < 0)
			r = -errno;
		if (r < 0 && r != -EINTR)
			return r == -ECONNRESET ? -EPIPE : r;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

json_int_t client_send(struct client *client, const char *method, json_t *params,
		       struct pmc_error *err)
{
	_cleanup_(mem_freep) char *line = NULL;
	json_int_t id = client->last_id + 1;
	size_t len;
	int r;

	line = message_request(id, method, params, &len);
	if (len > PROTOCOL_REQUEST_MAX)
		return pmc_error_set(err, -EMSGSIZE,
				     "the request %s is %zu bytes long, %d is the limit", method,
				     len, PROTOCOL_REQUEST_MAX);
	r = send_all(client->fd, line, len);
	if (r < 0)
		return pmc_error_errno(err, r, "cannot send %s to the daemon", method);
	client->last_id = id;
	return id;
}

/* One read; waits for it when nothing is there. */
static int fill(struct client *client, int64_t deadline_ms, struct pmc_error *err)
{
	ssize_t n = recv(client->fd, client->chunk, sizeof(client->chunk), MSG_DONTWAIT);
	int r;

	if (n < 0 && errno == EAGAIN) {
		r = poll_until(client->fd, POLLIN, deadline_ms);
		if (r == -ETIMEDOUT)
			return pmc_error_set(err, r, "the daemon did not answer in time");
		return r < 0 ? pmc_error_errno(err, r, "cannot wait for the daemon") : 0;
	}
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return pmc_error_set(err, -ECONNRESET, "the daemon closed the connection");
	if (n < 0)
		return pmc_error_errno(err, -errno, "cannot read from the daemon");
	r = frame_feed(&client->frame, client->chunk, (size_t)n);
	return r < 0 ? pmc_error_errno(err, r, "the daemon sent what is not our protocol") : 0;
}

int client_receive(struct client *client, int timeout_ms, struct message *ret_msg,
		   struct pmc_error *err)
{
	int64_t deadline_ms = timeout_ms < 0 ? -1 : clock_now_ms() + timeout_ms;

	for (;;) {
		size_t len;
		const char *line = frame_next(&client->frame, &len);
		int r;

		if (line)
			return message_parse(line, len, ret_msg, err);
		r = fill(client, deadline_ms, err);
		if (r < 0)
			return r;
	}
}

static int refused(const struct message *msg, struct pmc_error *err)
{
	const char *code = json_string_value(json_object_get(msg->body, "code"));
	const char *text = json_string_value(json_object_get(msg->body, "message"));
	const char *hint = json_string_value(json_object_get(msg->body, "hint"));
	int r = str_equal(code, "busy") ? -EBUSY : -EPROTO;

	pmc_error_set(err, r, "%s", text ? text : "the daemon refused the connection");
	if (hint)
		pmc_error_hint(err, "%s", hint);
	return r;
}

static int check_hello(const struct message *msg, struct pmc_error *err)
{
	json_t *protocol = json_object_get(msg->body, "protocol");
	const char *version = json_string_value(json_object_get(msg->body, "version"));
	json_t *major = json_array_get(protocol, 0);

	if (msg->kind == MESSAGE_ERROR)
		return refused(msg, err);
	if (msg->kind != MESSAGE_HELLO || !json_is_integer(major))
		return pmc_error_set(err, -EPROTO, "whoever listens there is not a pmc daemon");
	if (json_integer_value(major) == PROTOCOL_MAJOR)
		return 0;
	pmc_error_set(err, -EPROTO,
		      "the daemon (version %s) speaks protocol %" JSON_INTEGER_FORMAT
		      ", this pmc (version %s) speaks %d",
		      version ? version : "unknown", json_integer_value(major), PMC_VERSION,
		      PROTOCOL_MAJOR);
	pmc_error_hint(err,
		       "use the pmc that was installed with the daemon, or restart the daemon");
	return -EPROTO;
}

static int greet(struct client *client, int64_t deadline_ms, struct pmc_error *err)
{
	_cleanup_(mem_freep) char *line = NULL;
	_cleanup_(message_done) struct message msg = {};
	int64_t left = deadline_ms - clock_now_ms();
	size_t len;
	int r;

	line = message_hello(PMC_VERSION, 0, &len);
	r = send_all(client->fd, line, len);
	if (r < 0 && r != -EPIPE) /* a daemon that is full says so and closes: read it */
		return pmc_error_errno(err, r, "cannot greet the daemon");
	r = client_receive(client, left > 0 ? (int)left : 0, &msg, err);
	if (r < 0)
		return r;
	return check_hello(&msg, err);
}

int client_connect(const char *socket_path, int deadline_ms, struct client **ret_client,
		   struct pmc_error *err)
{
	_cleanup_(client_destroyp) struct client *client = mem_zalloc(sizeof(*client));
	int64_t until_ms = clock_now_ms() + deadline_ms;
	int r;

	frame_init(&client->frame, PROTOCOL_REPLY_MAX);
	client->fd = client_socket_open(socket_path, deadline_ms, err);
	if (client->fd < 0)
		return client->fd;
	r = greet(client, until_ms, err);
	if (r < 0)
		return r;
	*ret_client = steal_ptr(&client);
	return 0;
}
