#include "daemon/control/session.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "daemon/control/api.h"
#include "daemon/control/dispatch.h"
#include "daemon/control/follower.h"
#include "daemon/control/outbox.h"
#include "daemon/loop/handles.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/ipc/frame.h"
#include "shared/ipc/message.h"
#include "shared/ipc/protocol.h"

/* Beyond these no further request is taken until the client has read, or had, some answers. */
#define REQUESTS_MAX 64
#define PAUSE_BYTES (256 << 10)
/* A line buffer that grew beyond this is given back when it is empty. */
#define FRAME_KEEP_BYTES 16384

struct session {
	struct session_host *host;
	uv_pipe_t pipe;
	uv_timer_t timer;
	unsigned open;	   /* handles not yet closed */
	unsigned requests; /* not yet answered */
	bool closing;	   /* dropped: nothing goes in or out */
	bool refused;	   /* nothing more is taken from it */
	bool eof;	   /* nothing more comes from it */
	bool greeted, reading, taking;
	struct frame frame;
	int64_t idle_since_ms; /* it connected, or the line under way began, or reading went on */
	struct outbox outbox;
	struct follower follower;
};

static void settle(struct session *session);
static void watch(struct session *session);

static void free_if_unused(struct session *session)
{
	if (session->open > 0 || session->requests > 0)
		return;
	frame_done(&session->frame);
	free(session);
}

static void on_handle_closed(void *owner)
{
	struct session *session = owner;

	if (--session->open > 0)
		return;
	session->host->on_closed(session, session->host->owner);
	free_if_unused(session);
}

void session_close(struct session *session)
{
	struct handles *handles = session->host->handles;

	if (session->closing)
		return;
	session->closing = true;
	follower_end(&session->follower);
	handles_drop(handles, (uv_handle_t *)&session->pipe, on_handle_closed, session);
	handles_drop(handles, (uv_handle_t *)&session->timer, on_handle_closed, session);
}

bool session_is_open(const struct session *session)
{
	return !session->closing;
}

static void on_written(void *owner, int status)
{
	struct session *session = owner;

	if (session->closing)
		return;
	if (status < 0)
		session_close(session);
	else
		settle(session);
}

void session_send(struct session *session, char *line, size_t len)
{
	if (session->closing)
		free(line);
	else if (outbox_send(&session->outbox, line, len) < 0)
		session_close(session);
	else
		watch(session);
}

/* Say why, take nothing more, drop it when it has read that. */
static void refuse(struct session *session, const struct pmc_error *err)
{
	size_t len;
	char *line = message_error(0, "bad-request", err, &len);

	session->refused = true;
	follower_end(&session->follower);
	session_send(session, line, len);
}

void session_follow(struct session *session, const char *app)
{
	if (!session->closing && !session->refused)
		follower_begin(&session->follower, session->host->api->bus, app);
}

/* The hello goes out also to a client of another major version: it says what it makes of it. */
static int take_hello(struct session *session, const struct message *msg, struct pmc_error *err)
{
	json_t *protocol = json_object_get(msg->body, "protocol");
	json_int_t major = json_integer_value(json_array_get(protocol, 0));
	size_t len;
	char *line;

	if (msg->kind != MESSAGE_HELLO || session->greeted)
		return pmc_error_set(err, -EPROTO, "the first line, and no other, must be a hello");
	session->greeted = true;
	line = message_hello(session->host->api->version, getpid(), &len);
	session_send(session, line, len);
	if (major != PROTOCOL_MAJOR)
		return pmc_error_set(err, -EPROTO, "protocol %d is spoken here, not %lld",
				     PROTOCOL_MAJOR, (long long)major);
	return 0;
}

static void take_line(struct session *session, const char *line, size_t len)
{
	_cleanup_(message_done) struct message msg = {};
	struct pmc_error err = {};
	int r = message_parse(line, len, &msg, &err);

	if (r == 0 && session->greeted && msg.kind == MESSAGE_REQUEST)
		dispatch_request(session, session->host->api, &msg);
	else if (r == 0)
		r = take_hello(session, &msg, &err);
	if (r < 0)
		refuse(session, &err);
}

static bool may_take(const struct session *session)
{
	return !session->closing && !session->refused && session->requests < REQUESTS_MAX &&
	       outbox_waiting(&session->outbox) <= PAUSE_BYTES;
}

static void take_lines(struct session *session)
{
	const char *line;
	size_t len;

	session->taking = true;
	while (may_take(session) && (line = frame_next(&session->frame, &len)))
		take_line(session, line, len);
	session->taking = false;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct session_host *host = ((struct session *)handle->data)->host;

	*buf = uv_buf_init(host->read_buffer, sizeof(host->read_buffer));
}

static void feed(struct session *session, const char *data, size_t len)
{
	bool was_partial = frame_partial(&session->frame);
	struct pmc_error err = {};
	int r = frame_feed(&session->frame, data, len);

	if (r == -EMSGSIZE)
		pmc_error_set(&err, r, "a request may be %d bytes long", PROTOCOL_REQUEST_MAX);
	else if (r < 0)
		pmc_error_set(&err, r, "a NUL byte: not our protocol");
	if (r < 0)
		refuse(session, &err);
	else if (session->greeted && (!was_partial || memchr(data, '\n', len)))
		session->idle_since_ms = clock_now_ms();
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct session *session = stream->data;

	if (n == UV_EOF) {
		session->eof = true; /* it may still read its replies */
		follower_end(&session->follower);
	} else if (n < 0) {
		session_close(session);
	} else {
		feed(session, buf->base, (size_t)n);
	}
	if (!session->closing)
		settle(session);
}

static void set_reading(struct session *session, bool on)
{
	uv_stream_t *stream = (uv_stream_t *)&session->pipe;

	if (on == session->reading)
		return;
	session->reading = on;
	if (!on) {
		uv_read_stop(stream);
		return;
	}
	if (session->greeted)
		session->idle_since_ms = clock_now_ms();
	if (uv_read_start(stream, on_alloc, on_read) < 0)
		session_close(session);
}

static void give_back_buffer(struct frame *frame)
{
	if (frame->buf.cap <= FRAME_KEEP_BYTES || frame->start < frame->buf.len)
		return;
	frame_done(frame);
	frame_init(frame, PROTOCOL_REQUEST_MAX);
}

/* After anything happened: take what may be taken, then go on or end. */
static void settle(struct session *session)
{
	if (session->taking)
		return; /* take_lines() is below us and will see */
	follower_tell(&session->follower);
	take_lines(session);
	if ((session->refused || session->eof) && session->requests == 0 &&
	    outbox_waiting(&session->outbox) == 0)
		session_close(session);
	if (session->closing)
		return;
	give_back_buffer(&session->frame);
	set_reading(session, may_take(session) && !session->eof);
	watch(session);
}

/* Who follows may pause as long as it likes: it costs no more than its limit. */
static int64_t stalls_ms(struct session *session)
{
	return session->follower.subscription
		       ? INT64_MAX
		       : outbox_stalls_ms(&session->outbox, session->host->stall_ms);
}

static int64_t idles_ms(const struct session *session)
{
	bool idle = session->reading && (!session->greeted || frame_partial(&session->frame));

	return idle ? session->idle_since_ms + session->host->idle_ms : INT64_MAX;
}

static void on_timer(uv_timer_t *timer)
{
	struct session *session = timer->data;
	int64_t now_ms = clock_now_ms();
	struct pmc_error err = {};

	if (now_ms >= stalls_ms(session)) {
		session_close(session);
	} else if (now_ms >= idles_ms(session)) {
		pmc_error_set(&err, -ETIMEDOUT, "no %s within %d ms",
			      session->greeted ? "end of the line" : "hello",
			      session->host->idle_ms);
		refuse(session, &err);
		settle(session);
	} else {
		watch(session);
	}
}

/* The timer runs only while there is something to be tired of. It may come too early; then it is
 * set again. */
static void watch(struct session *session)
{
	uv_timer_t *timer = &session->timer;
	int64_t stalls = stalls_ms(session), idles = idles_ms(session);
	int64_t due_ms = stalls < idles ? stalls : idles;
	int64_t wait_ms = due_ms - clock_now_ms();

	if (session->closing || due_ms == INT64_MAX)
		return;
	if (wait_ms < 0)
		wait_ms = 0;
	if (!uv_is_active((uv_handle_t *)timer) || uv_timer_get_due_in(timer) > (uint64_t)wait_ms)
		uv_timer_start(timer, on_timer, (uint64_t)wait_ms, 0);
}

struct session *session_create(struct session_host *host, int fd)
{
	struct session *session = mem_zalloc(sizeof(*session));
	int r;

	session->host = host;
	session->idle_since_ms = clock_now_ms();
	frame_init(&session->frame, PROTOCOL_REQUEST_MAX);
	handles_timer(host->handles, &session->timer, session);
	r = handles_pipe(host->handles, &session->pipe, fd, session);
	assert(r == 0); /* a socket that was just accepted */
	session->open = 2;
	session->outbox = (struct outbox){.stream = (uv_stream_t *)&session->pipe,
					  .on_written = on_written,
					  .owner = session};
	session->follower.outbox = &session->outbox;
	session->follower.queue_max = host->queue_max;
	settle(session);
	return session;
}

void session_hold(struct session *session)
{
	session->requests++;
}

void session_release(struct session *session)
{
	assert(session->requests > 0);
	session->requests--;
	if (session->open == 0)
		free_if_unused(session);
	else if (!session->closing)
		settle(session);
}

int64_t session_idle_since_ms(const struct session *session)
{
	if (session->closing || session->requests > 0 || session->follower.subscription)
		return INT64_MAX;
	return session->idle_since_ms;
}
