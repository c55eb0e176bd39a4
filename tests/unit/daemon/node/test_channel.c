#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "daemon/node/channel.h"
#include "shared/base/fdio.h"
#include "tests/unit/daemon/loop_fixture.h"

struct fixture {
	struct loop_fixture loop;
	struct channel channel;
	struct channel_mark mark;
	int process;	  /* the other end */
	int shelf;	  /* a copy of ours, as the keeper has one */
	struct str lines; /* what came, a | behind each */
	unsigned count, wanted, lost;
	uint64_t lost_bytes;
	bool enough, ended, closed;
	int die_in_line; /* the engine dies while it is given this line */
};

/* Stands for an engine that dies inside the owner's callback: nothing after it happens. */
static jmp_buf death;

static void on_line(struct channel *ch, const char *line, size_t len)
{
	struct fixture *fx = ch->owner;

	str_append_bytes(&fx->lines, line, len);
	str_append_char(&fx->lines, '|');
	if (++fx->count == (unsigned)fx->die_in_line)
		longjmp(death, 1);
	fx->enough = fx->count >= fx->wanted;
}

static void on_lost(struct channel *ch, const char *head, size_t len, uint64_t bytes)
{
	struct fixture *fx = ch->owner;

	fx->lost++;
	fx->lost_bytes += bytes;
}

static void on_ended(struct channel *ch)
{
	((struct fixture *)ch->owner)->ended = true;
}

static const struct channel_ops ops = {.line = on_line, .lost = on_lost, .ended = on_ended};

static void open_channel(struct fixture *fx)
{
	int fd = fcntl(fx->shelf, F_DUPFD_CLOEXEC, 3);

	fx->closed = false;
	assert_int_equal(channel_open(&fx->channel, &fx->loop.loop, fd, &fx->mark, &ops, fx, NULL),
			 0);
}

static void on_closed(void *owner)
{
	((struct fixture *)owner)->closed = true;
}

static void close_channel(struct fixture *fx)
{
	channel_close(&fx->channel, on_closed);
	loop_fixture_wait(&fx->loop, &fx->closed);
}

static int set_up(void **state)
{
	struct fixture *fx = mem_zalloc(sizeof(*fx));

	loop_fixture_set_up(&fx->loop);
	assert_int_equal(channel_pair(&fx->shelf, &fx->process), 0);
	fdio_set_nonblock(fx->process);
	open_channel(fx);
	*state = fx;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fx = *state;

	if (!fx->closed)
		close_channel(fx);
	loop_fixture_tear_down(&fx->loop);
	fdio_closep(&fx->process);
	fdio_closep(&fx->shelf);
	str_done(&fx->lines);
	free(fx);
	return 0;
}

static void says(struct fixture *fx, const char *text)
{
	assert_int_equal(write(fx->process, text, strlen(text)), strlen(text));
}

static void wait_lines(struct fixture *fx, unsigned count)
{
	fx->wanted = count;
	fx->enough = fx->count >= count;
	loop_fixture_wait(&fx->loop, &fx->enough);
}

/* What the process can read now; returns the bytes, `*ret_fd` is what came with them or -1. */
static ssize_t hears(struct fixture *fx, char *buf, size_t size, int *ret_fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = buf, .iov_len = size};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fx->process, &msg, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *cmsg = n >= 0 ? CMSG_FIRSTHDR(&msg) : NULL;

	*ret_fd = -1;
	if (cmsg)
		memcpy(ret_fd, CMSG_DATA(cmsg), sizeof(int));
	return n;
}

static void send_text(struct fixture *fx, const char *line)
{
	assert_int_equal(channel_send(&fx->channel, line, strlen(line), -1), 0);
}

/* A socket whose answer tells which it is. */
static int numbered_fd(int number)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &number, sizeof(number)), 0);
	return fd;
}

static int number_of(int fd)
{
	int number = -1;
	socklen_t len = sizeof(number);

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_PRIORITY, &number, &len), 0);
	return number;
}

static void lines_come_in_order(void **state)
{
	struct fixture *fx = *state;

	says(fx, "\"ready\"\n{\"a\"");
	wait_lines(fx, 1);
	says(fx, ":1}\n3\n");
	wait_lines(fx, 3);
	assert_string_equal(fx->lines.data, "\"ready\"|{\"a\":1}|3|");
	assert_int_equal(fx->mark.taken_bytes, 0);
	assert_int_equal(fx->mark.in_line, 0);
}

static void a_line_that_is_too_long_is_skipped(void **state)
{
	struct fixture *fx = *state;
	size_t left = 5u << 20;
	char junk[4096];

	memset(junk, 'x', sizeof(junk));
	while (left > 0) {
		ssize_t n = write(fx->process, junk, left < sizeof(junk) ? left : sizeof(junk));

		if (n > 0)
			left -= (size_t)n;
		else
			uv_run(&fx->loop.loop, UV_RUN_NOWAIT);
	}
	says(fx, "\n\"ready\"\n");
	wait_lines(fx, 1);
	assert_string_equal(fx->lines.data, "\"ready\"|");
	assert_int_equal(fx->lost, 1);
	assert_int_equal(fx->lost_bytes, 5u << 20);
	assert_true(fx->channel.lines.half.cap <= 65536);
}

static void descriptors_arrive_with_their_lines(void **state)
{
	struct fixture *fx = *state;

	for (int i = 0; i < 3; i++) {
		int fd = numbered_fd(i);
		_cleanup_(mem_freep) char *line = mem_printf("{\"n\":%d}\n", i);

		assert_int_equal(channel_send(&fx->channel, line, strlen(line), fd), 0);
		assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
		close(fd);
		send_text(fx, "\"plain\"\n");
	}
	for (int i = 0; i < 3; i++) {
		char buf[64] = {};
		int fd;
		_cleanup_(mem_freep) char *line = mem_printf("{\"n\":%d}\n", i);

		assert_true(hears(fx, buf, strlen(line), &fd) > 0);
		assert_string_equal(buf, line);
		assert_int_equal(number_of(fd), i);
		close(fd);
		assert_int_equal(hears(fx, buf, 8, &fd), 8);
		assert_int_equal(fd, -1);
	}
}

static void a_process_that_never_reads_has_a_bounded_queue(void **state)
{
	struct fixture *fx = *state;
	char line[4096];
	unsigned sent = 0;
	int r, fd;

	memset(line, 'x', sizeof(line));
	line[0] = line[sizeof(line) - 2] = '"';
	line[sizeof(line) - 1] = '\n';
	while ((r = channel_send(&fx->channel, line, sizeof(line), -1)) == 0)
		sent++;
	assert_int_equal(r, -ENOBUFS);
	assert_in_range(sent, CHANNEL_QUEUE_BYTES_MAX / sizeof(line), 2000);

	says(fx, "1\n"); /* not read from while so much waits for it */
	uv_run(&fx->loop.loop, UV_RUN_NOWAIT);
	uv_run(&fx->loop.loop, UV_RUN_NOWAIT);
	assert_int_equal(fx->count, 0);

	for (size_t got = 0; got < sent * sizeof(line);) { /* it wakes up: all of it, in order */
		char buf[sizeof(line)];
		ssize_t n = hears(fx, buf, sizeof(buf) - got % sizeof(buf), &fd);

		if (n > 0)
			assert_memory_equal(buf, line + got % sizeof(line), (size_t)n);
		else
			uv_run(&fx->loop.loop, UV_RUN_ONCE);
		got += n > 0 ? (size_t)n : 0;
	}
	wait_lines(fx, 1);
	assert_null(fx->channel.queue.first);
}

static void descriptors_that_wait_are_bounded_and_closed(void **state)
{
	struct fixture *fx = *state;
	static char line[CHANNEL_QUEUE_LINE_MAX];
	int first_free, fd = numbered_fd(0), r;

	memset(line, '1', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	while (!fx->channel.queue.first)
		assert_int_equal(channel_send(&fx->channel, line, sizeof(line), -1), 0);
	first_free = dup(fd);
	close(first_free);
	for (unsigned i = 0; i < CHANNEL_QUEUE_FDS_MAX; i++)
		assert_int_equal(channel_send(&fx->channel, "1\n", 2, fd), 0);
	r = channel_send(&fx->channel, "1\n", 2, fd);
	assert_int_equal(r, -ENOBUFS);
	shutdown(fx->process, SHUT_RDWR);
	loop_fixture_wait(&fx->loop, &fx->ended);
	assert_int_equal(dup(fd), first_free); /* no copy was left */
	close(first_free);
	close(fd);
}

static void a_line_goes_out_whole_or_not_at_all(void **state)
{
	struct fixture *fx = *state;
	static char line[CHANNEL_QUEUE_LINE_MAX + 1], buf[CHANNEL_QUEUE_LINE_MAX];
	size_t got = 0;
	int fd;

	memset(line, '1', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	assert_int_equal(channel_send(&fx->channel, line, sizeof(line), -1), -EMSGSIZE);
	for (unsigned i = 0; i < 5; i++) /* as much as it takes, and more that waits */
		assert_int_equal(channel_send(&fx->channel, line + 1, sizeof(buf), -1), 0);
	assert_int_equal(fx->mark.torn, 0);
	close_channel(fx); /* what waits is gone, what is out is whole */
	for (ssize_t n; (n = hears(fx, buf, sizeof(buf), &fd)) > 0;)
		got += (size_t)n;
	assert_true(got > 0);
	assert_int_equal(got % sizeof(buf), 0);
	open_channel(fx);
	assert_false(channel_broken(&fx->channel));
}

static void the_end_is_told_once_behind_the_last_words(void **state)
{
	struct fixture *fx = *state;

	send_text(fx, "\"never read\"\n"); /* so that its end is a reset */
	says(fx, "1\n2\nhal");
	fdio_closep(&fx->process);
	loop_fixture_wait(&fx->loop, &fx->ended);
	assert_string_equal(fx->lines.data, "1|2|");
	assert_int_equal(channel_send(&fx->channel, "1\n", 2, -1), -EPIPE);
}

static void last_words_can_be_read_without_the_loop(void **state)
{
	struct fixture *fx = *state;

	says(fx, "1\n2\n");
	fdio_closep(&fx->process);
	channel_drain(&fx->channel);
	assert_string_equal(fx->lines.data, "1|2|");
	assert_true(fx->ended);
}

static void a_descriptor_from_the_process_is_dropped(void **state)
{
	struct fixture *fx = *state;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.align = {.cmsg_level = SOL_SOCKET,
			       .cmsg_type = SCM_RIGHTS,
			       .cmsg_len = CMSG_LEN(sizeof(int))}};
	struct iovec iov = {.iov_base = "{\"cmd\":\"NODE_HANDLE\"}\n", .iov_len = 22};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	int pair[2];
	char byte;

	assert_int_equal(pipe(pair), 0);
	memcpy(CMSG_DATA(&control.align), &pair[1], sizeof(int));
	assert_int_equal(sendmsg(fx->process, &msg, 0), 22);
	says(fx, "2\n");
	close(pair[1]);
	wait_lines(fx, 2);
	assert_int_equal(read(pair[0], &byte, 1), 0); /* nobody has the other end */
	close(pair[0]);
}

/* The engine dies; the next one has the same socket, from the keeper, and the mark. */
static void next_engine(struct fixture *fx)
{
	fx->die_in_line = 0;
	close_channel(fx);
	open_channel(fx);
}

static void an_engine_that_dies_between_lines_leaves_the_rest(void **state)
{
	struct fixture *fx = *state;

	says(fx, "1\n2\n3\n");
	fx->die_in_line = 2;
	if (setjmp(death) == 0)
		channel_drain(&fx->channel);
	fx->channel.reading = false;
	next_engine(fx);
	says(fx, "4\n");
	wait_lines(fx, 5);
	assert_string_equal(fx->lines.data, "1|2|2|3|4|"); /* only the one it died in twice */
}

static void a_line_is_not_skipped_because_one_like_it_was_taken(void **state)
{
	struct fixture *fx = *state;

	/* killed after the bytes were out of the socket, before the mark said so */
	fx->mark.taken_bytes = 2;
	fx->mark.taken_hash = 12345;
	next_engine(fx);
	says(fx, "1\n2\n");
	wait_lines(fx, 2);
	assert_string_equal(fx->lines.data, "1|2|");
}

static void an_engine_that_takes_over_in_a_line_skips_its_tail(void **state)
{
	struct fixture *fx = *state;

	says(fx, "{\"a\":\"12");
	uv_run(&fx->loop.loop, UV_RUN_NOWAIT);
	uv_run(&fx->loop.loop, UV_RUN_NOWAIT);
	assert_int_equal(fx->mark.in_line, 1);
	next_engine(fx);
	says(fx, "34\n\"ready\"\n"); /* 34 alone would be JSON */
	wait_lines(fx, 1);
	assert_string_equal(fx->lines.data, "\"ready\"|");
	assert_int_equal(fx->lost, 1);
	assert_int_equal(fx->mark.in_line, 0);
}

static void nothing_is_written_behind_half_a_line_of_an_earlier_engine(void **state)
{
	struct fixture *fx = *state;

	fx->mark.torn = 1;
	next_engine(fx);
	assert_true(channel_broken(&fx->channel));
	assert_int_equal(channel_send(&fx->channel, "1\n", 2, -1), -EPIPE);
	says(fx, "1\n"); /* it is still heard */
	wait_lines(fx, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(lines_come_in_order),
		TEST(a_line_that_is_too_long_is_skipped),
		TEST(descriptors_arrive_with_their_lines),
		TEST(a_process_that_never_reads_has_a_bounded_queue),
		TEST(descriptors_that_wait_are_bounded_and_closed),
		TEST(a_line_goes_out_whole_or_not_at_all),
		TEST(the_end_is_told_once_behind_the_last_words),
		TEST(last_words_can_be_read_without_the_loop),
		TEST(a_descriptor_from_the_process_is_dropped),
		TEST(an_engine_that_dies_between_lines_leaves_the_rest),
		TEST(a_line_is_not_skipped_because_one_like_it_was_taken),
		TEST(an_engine_that_takes_over_in_a_line_skips_its_tail),
		TEST(nothing_is_written_behind_half_a_line_of_an_earlier_engine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
