#include "daemon/node/channel_queue.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/fdio.h"
#include "shared/base/mem.h"

#define ATOMIC_BYTES 32768u /* one buffer of the kernel: never written in part */

struct channel_queue_line {
	struct channel_queue_line *next;
	size_t len, sent;
	int fd; /* ours; -1: none, or already sent */
	char text[];
};

void channel_queue_init(struct channel_queue *queue, _Atomic uint32_t *torn)
{
	*queue = (struct channel_queue){.torn = torn};
	queue->last = &queue->first;
}

static void drop_first(struct channel_queue *queue)
{
	struct channel_queue_line *line = queue->first;

	queue->first = line->next;
	if (!queue->first)
		queue->last = &queue->first;
	queue->bytes -= line->len;
	queue->fds -= line->fd >= 0;
	fdio_closep(&line->fd);
	free(line);
}

void channel_queue_done(struct channel_queue *queue)
{
	while (queue->first)
		drop_first(queue);
}

static ssize_t send_bytes(int sock, const char *data, size_t len, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {};
	struct iovec iov = {.iov_base = (char *)(uintptr_t)data, .iov_len = len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	if (fd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		*CMSG_FIRSTHDR(&msg) = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
							.cmsg_type = SCM_RIGHTS,
							.cmsg_len = CMSG_LEN(sizeof(int))};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), &fd, sizeof(fd));
	}
	do
		n = sendmsg(sock, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Has the socket room for a line of CHANNEL_QUEUE_LINE_MAX? */
static bool has_room(int sock)
{
	struct pollfd poll_fd = {.fd = sock, .events = POLLOUT};

	return poll(&poll_fd, 1, 0) == 1 && (poll_fd.revents & POLLOUT);
}

/* Write a line, or what is left of one. What the next engine must know about half a line is said
 * before it can be true. Bytes written, or negative errno. */
static ssize_t write_line(struct channel_queue *queue, int sock, const char *text, size_t len,
			  size_t sent, int fd)
{
	ssize_t n;

	if (sent == 0 && len > ATOMIC_BYTES) {
		if (!has_room(sock))
			return -EAGAIN;
		*queue->torn = 1;
	}
	n = send_bytes(sock, text + sent, len - sent, fd);
	*queue->torn = n < 0 ? sent > 0 : sent + (size_t)n < len;
	if (n == -ECONNRESET || n == -ENOTCONN)
		return -EPIPE;
	return n;
}

int channel_queue_flush(struct channel_queue *queue, int sock)
{
	while (queue->first) {
		struct channel_queue_line *line = queue->first;
		ssize_t n = write_line(queue, sock, line->text, line->len, line->sent, line->fd);

		if (n == -EAGAIN || n == -ETOOMANYREFS || n == -ENOBUFS || n == -ENOMEM)
			return n == -EAGAIN ? -EAGAIN : -ETOOMANYREFS;
		if (n < 0) {
			channel_queue_done(queue);
			return -EPIPE;
		}
		line->sent += (size_t)n;
		if (line->sent == line->len) {
			drop_first(queue);
		} else if (line->fd >= 0) { /* it went with the first part */
			queue->fds--;
			fdio_closep(&line->fd);
		}
	}
	return 0;
}

static int add(struct channel_queue *queue, const char *text, size_t len, int fd)
{
	struct channel_queue_line *line;
	int copy = -1;

	if (queue->bytes + len > CHANNEL_QUEUE_BYTES_MAX ||
	    (fd >= 0 && queue->fds == CHANNEL_QUEUE_FDS_MAX))
		return -ENOBUFS;
	if (fd >= 0) {
		copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		if (copy < 0)
			return -errno;
	}
	line = mem_zalloc(sizeof(*line) + len);
	memcpy(line->text, text, len);
	line->len = len;
	line->fd = copy;
	*queue->last = line;
	queue->last = &line->next;
	queue->bytes += len;
	queue->fds += fd >= 0;
	return 0;
}

int channel_queue_send(struct channel_queue *queue, int sock, const char *line, size_t len, int fd)
{
	int r;

	assert(len > 1 && line[len - 1] == '\n');
	if (len > CHANNEL_QUEUE_LINE_MAX)
		return -EMSGSIZE;
	if (fd >= 0) {
		r = fdio_set_nonblock(fd);
		if (r < 0)
			return r;
	}
	r = add(queue, line, len, fd);
	if (r < 0)
		return r;
	return channel_queue_flush(queue, sock) == -EPIPE ? -EPIPE : 0;
}
