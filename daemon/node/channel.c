#include "daemon/node/channel.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/error.h"
#include "shared/base/fdio.h"

#define READ_BYTES 65536
#define READ_TURNS 4	    /* of one channel, before others have a turn */
#define DRAIN_TURNS 64	    /* somebody who inherited the socket may write for ever */
#define PAUSE_BYTES 262144u /* of a queue: then the process is not read from */
#define AGAIN_MS 10	    /* after ETOOMANYREFS */
#define FNV_START 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

static uint64_t hash_more(uint64_t hash, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)data[i]) * FNV_PRIME;
	return hash;
}

int channel_pair(int *ret_ours, int *ret_process)
{
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	r = fdio_set_nonblock(pair[0]);
	if (r < 0) {
		close(pair[0]);
		close(pair[1]);
		return r;
	}
	*ret_ours = pair[0];
	*ret_process = pair[1];
	return 0;
}

static ssize_t receive(int fd, char *buf, size_t len, int flags)
{
	for (;;) {
		ssize_t n = recv(fd, buf, len, flags | MSG_DONTWAIT);

		if (n >= 0)
			return n;
		if (errno != EINTR)
			return -errno;
	}
}

/* Take bytes that were looked at out of the socket. The kernel closes what is attached to them. */
static void consume(int fd, char *buf, size_t len)
{
	while (len > 0) {
		ssize_t n = receive(fd, buf, len, 0);

		if (n <= 0)
			return; /* cannot be: they were there */
		len -= (size_t)n;
	}
}

static void hand_out(struct channel *ch, const struct channel_line *line)
{
	if (line->torn)
		ch->ops->lost(ch, "", 0, 0);
	else if (line->too_long)
		ch->ops->lost(ch, line->text, line->len, line->too_long);
	else
		ch->ops->line(ch, line->text, line->len);
}

/* Give the owner the whole lines at the front of the socket, saying after each how far we are.
 * Returns their bytes. */
static size_t hand_out_lines(struct channel *ch, const char *data, size_t len)
{
	const char *at = data, *before = data;
	struct channel_mark *mark = ch->mark;
	uint64_t hash = FNV_START;
	struct channel_line line;

	while (!ch->closing && channel_lines_next(&ch->lines, &at, &len, &line)) {
		hand_out(ch, &line);
		hash = hash_more(hash, before, (size_t)(at - before));
		before = at;
		mark->taken_hash = hash;
		mark->taken_bytes = (uint32_t)(at - data);
		mark->in_line = 0;
	}
	return (size_t)(at - data);
}

/* One look at the socket. 1: there may be more, 0: nothing now, negative: its end. */
static int read_turn(struct channel *ch)
{
	char buf[READ_BYTES];
	ssize_t n = receive(ch->fd, buf, sizeof(buf), MSG_PEEK);
	size_t taken;

	if (n == -EAGAIN)
		return 0;
	if (n == -ECONNRESET) /* said once: it closed without having read all of ours */
		return 1;
	if (n <= 0)
		return -EPIPE;
	taken = hand_out_lines(ch, buf, (size_t)n);
	if (taken == 0) { /* half a line cannot stay there: the loop would turn for ever */
		channel_lines_keep(&ch->lines, buf, (size_t)n);
		ch->mark->in_line = 1;
		taken = (size_t)n;
	}
	consume(ch->fd, buf, taken);
	ch->mark->taken_bytes = 0;
	return 1;
}

static bool paused(const struct channel *ch)
{
	return ch->queue.bytes > PAUSE_BYTES;
}

static void read_turns(struct channel *ch, unsigned turns)
{
	int r = 1;

	if (ch->ended)
		return;
	ch->reading = true;
	while (r > 0 && turns-- > 0 && !ch->closing)
		r = read_turn(ch);
	ch->reading = false;
	if (r >= 0 || ch->closing)
		return;
	ch->ended = true;
	channel_queue_done(&ch->queue);
	ch->ops->ended(ch);
}

static void on_poll(uv_poll_t *poll, int status, int events);

/* Wait for what there is to wait for. */
static void watch(struct channel *ch)
{
	int events = 0;

	if (ch->closing)
		return;
	if (!ch->ended && !paused(ch))
		events |= UV_READABLE;
	if (ch->queue.first && !uv_is_active((uv_handle_t *)&ch->again))
		events |= UV_WRITABLE;
	if (events)
		uv_poll_start(&ch->poll, events, on_poll);
	else
		uv_poll_stop(&ch->poll);
}

static void on_again(uv_timer_t *timer);

static void flush(struct channel *ch)
{
	if (channel_queue_flush(&ch->queue, ch->fd) == -ETOOMANYREFS)
		uv_timer_start(&ch->again, on_again, AGAIN_MS, 0);
}

static void on_again(uv_timer_t *timer)
{
	struct channel *ch = timer->data;

	flush(ch);
	watch(ch);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct channel *ch = poll->data;

	if (status < 0) { /* the other side is gone: what is left, and the end */
		channel_queue_done(&ch->queue);
		read_turns(ch, DRAIN_TURNS);
	} else {
		if (events & UV_WRITABLE)
			flush(ch);
		if (!paused(ch))
			read_turns(ch, READ_TURNS);
	}
	watch(ch);
}

/* What an earlier engine gave its owner but had no time to take out of the socket. */
static void take_up(struct channel *ch)
{
	struct channel_mark *mark = ch->mark;
	char buf[READ_BYTES];
	size_t taken = mark->taken_bytes;

	if (taken > 0 && taken <= sizeof(buf) &&
	    receive(ch->fd, buf, taken, MSG_PEEK) == (ssize_t)taken &&
	    hash_more(FNV_START, buf, taken) == mark->taken_hash) {
		consume(ch->fd, buf, taken);
		mark->in_line = 0;
	}
	mark->taken_bytes = 0;
	ch->broken = mark->torn;
}

int channel_open(struct channel *ch, uv_loop_t *loop, int fd, struct channel_mark *mark,
		 const struct channel_ops *ops, void *owner, struct pmc_error *err)
{
	int r;

	*ch = (struct channel){.ops = ops, .owner = owner, .fd = fd};
	handles_init(&ch->handles, loop);
	r = handles_poll(&ch->handles, &ch->poll, fd, ch);
	if (r < 0)
		return pmc_error_errno(err, r, "cannot watch an IPC channel");
	handles_timer(&ch->handles, &ch->again, ch);
	ch->mark = mark ? mark : &ch->own_mark;
	take_up(ch);
	channel_lines_init(&ch->lines, CHANNEL_LINE_MAX, ch->mark->in_line);
	channel_queue_init(&ch->queue, &ch->mark->torn);
	watch(ch);
	return 0;
}

int channel_send(struct channel *ch, const char *line, size_t len, int fd)
{
	int r;

	if (ch->ended || ch->closing || ch->broken)
		return -EPIPE;
	r = channel_queue_send(&ch->queue, ch->fd, line, len, fd);
	if (ch->queue.first)
		watch(ch);
	return r;
}

void channel_drain(struct channel *ch)
{
	assert(!ch->reading);
	if (ch->closing)
		return;
	read_turns(ch, DRAIN_TURNS);
	watch(ch);
}

bool channel_broken(const struct channel *ch)
{
	return ch->broken;
}

static void on_handles_closed(void *owner)
{
	struct channel *ch = owner;

	fdio_closep(&ch->fd);
	channel_lines_done(&ch->lines);
	if (ch->on_closed)
		ch->on_closed(ch->owner);
}

void channel_close(struct channel *ch, void (*on_closed)(void *owner))
{
	if (ch->closing)
		return;
	ch->closing = true;
	ch->on_closed = on_closed;
	channel_queue_done(&ch->queue);
	handles_close(&ch->handles, on_handles_closed, ch);
}
