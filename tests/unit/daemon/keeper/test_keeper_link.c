#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#include "daemon/keeper/keeper_link.h"
#include "daemon/loop/handles.h"

/* The link lives on descriptors 3 to 9, so each story is told by a process of its own, with
 * assert(); the other end of the keeper's socket is in its hands too. */
struct story {
	struct handles handles;
	uv_loop_t loop;
	struct keeper_link *link;
	char *table; /* as the keeper sees it */
	int peer;    /* the keeper's end */
	int events, deaths;
};

static void on_event(void *owner)
{
	((struct story *)owner)->events++;
}

static void on_death(void *owner)
{
	((struct story *)owner)->deaths++;
}

static void place(int fd, int at)
{
	assert(fd >= 0 && dup2(fd, at) == at);
	close(fd);
}

/* What a keeper leaves to its engine. */
static void inherit(struct story *s)
{
	struct keeper_header *header;
	int pair[2], table;

	for (int fd = FD_CTL; fd < FD_FIRST; fd++)
		place(fcntl(STDERR_FILENO, F_DUPFD, 50), fd);
	table = memfd_create("table", 0);
	assert(ftruncate(table, KEEPER_TABLE_BYTES) == 0);
	s->table = mmap(NULL, KEEPER_TABLE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, table, 0);
	assert(s->table != MAP_FAILED);
	header = (void *)s->table;
	*header = (struct keeper_header){.magic = KEEPER_MAGIC,
					 .abi = KEEPER_ABI,
					 .header_bytes = sizeof(*header),
					 .slot_bytes = sizeof(struct keeper_slot),
					 .nslots = KEEPER_SLOTS,
					 .nfds = KEEPER_FDS};
	place(table, FD_TABLE);
	place(eventfd(0, EFD_NONBLOCK), FD_EVENT);
	assert(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	s->peer = fcntl(pair[1], F_DUPFD, 60);
	close(pair[1]);
	place(pair[0], FD_CTL);
	close(FD_KEEPER_CTL);
	close(FD_KEEPER_SIG);
	uv_loop_init(&s->loop);
	handles_init(&s->handles, &s->loop);
}

static int create(struct story *s, struct pmc_error *err)
{
	struct keeper_link_callbacks callbacks = {
		.on_event = on_event, .on_death = on_death, .owner = s};

	return keeper_link_create(&s->handles, &callbacks, &s->link, err);
}

static void begin(struct story *s)
{
	inherit(s);
	assert(create(s, NULL) == 0);
}

static void end(struct story *s)
{
	handles_close(&s->handles, NULL, NULL);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	keeper_link_destroy(s->link);
	assert(uv_loop_close(&s->loop) == 0);
	munmap(s->table, KEEPER_TABLE_BYTES);
}

static int32_t *numbers(struct story *s)
{
	return (void *)(s->table + KEEPER_FDS_OFFSET);
}

/* Runs the story in a child; its end must be a good one. */
static void tell(void (*story)(struct story *s))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct story s = {};

		story(&s);
		exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* ---- stories ---- */

static void no_keeper(struct story *s)
{
	struct pmc_error err = {};

	inherit(s);
	place(memfd_create("empty", 0), FD_TABLE);
	assert(create(s, &err) == -EPROTO);
	assert(strstr(err.message, "started by pmc-keeper only"));
	close(FD_TABLE);
	assert(create(s, &err) == -EPROTO);
}

static void other_abi(struct story *s)
{
	struct pmc_error err = {};

	inherit(s);
	((struct keeper_header *)(void *)s->table)->abi = KEEPER_ABI + 1;
	assert(create(s, &err) == -EPROTO);
	assert(strstr(err.message, "ABI 2"));
}

static void inherited_shelf(struct story *s)
{
	inherit(s);
	numbers(s)[0] = 51;
	numbers(s)[KEEPER_FDS - 1] = 52;
	assert(create(s, NULL) == 0);
	assert(keeper_link_shelf(s->link, 0) == 51);
	assert(keeper_link_shelf(s->link, KEEPER_FDS - 1) == 52);
	assert(keeper_link_shelf(s->link, 1) == -1);
	assert(keeper_link_header(s->link)->abi == KEEPER_ABI);
	keeper_link_slot(s->link, KEEPER_SLOTS - 1)->seq = 7;
	keeper_link_beat(s->link)->slots_used = 9;
	assert(((struct keeper_slot *)(void *)(s->table + KEEPER_SLOTS_OFFSET))[KEEPER_SLOTS - 1]
		       .seq == 7);
	assert(((struct keeper_beat *)(void *)(s->table + KEEPER_PAGE))->slots_used == 9);
	end(s);
}

static void nothing_for_apps(struct story *s)
{
	inherit(s);
	place(fcntl(STDERR_FILENO, F_DUPFD, 70), 77);
	assert(create(s, NULL) == 0);
	for (int fd = FD_CTL; fd < 100; fd++)
		assert(fcntl(fd, F_GETFD) < 0 || (fcntl(fd, F_GETFD) & FD_CLOEXEC));
	for (int fd = 0; fd < FD_FIRST; fd++)
		assert(fcntl(fd, F_GETFD) >= 0); /* none is free for a shelf */
	end(s);
}

static void wild_store(struct story *s)
{
	static const struct rlimit no_core;

	begin(s);
	setrlimit(RLIMIT_CORE, &no_core);
	signal(SIGSEGV, SIG_DFL);
	((struct keeper_header *)(uintptr_t)keeper_link_header(s->link))->keeper_pid = 1;
}

static struct keeper_message receive(const struct story *s, int *ret_fd)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {};
	struct keeper_message msg;
	struct iovec iov = {.iov_base = &msg, .iov_len = sizeof(msg)};
	struct msghdr hdr = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};

	assert(recvmsg(s->peer, &hdr, MSG_DONTWAIT) == sizeof(msg));
	*ret_fd = -1;
	if (CMSG_FIRSTHDR(&hdr))
		memcpy(ret_fd, CMSG_DATA(CMSG_FIRSTHDR(&hdr)), sizeof(int));
	return msg;
}

static void messages(struct story *s)
{
	struct keeper_message msg;
	char long_path[300];
	int fd;

	begin(s);
	fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 50);
	assert(keeper_link_put(s->link, 18, fd) == 0);
	assert(keeper_link_shelf(s->link, 18) == fd);
	msg = receive(s, &fd);
	assert(msg.op == KEEPER_PUT && msg.index == 18 && fd >= 0);
	close(fd);
	assert(keeper_link_drop(s->link, 18) == 0);
	assert(keeper_link_shelf(s->link, 18) == -1);
	msg = receive(s, &fd);
	assert(msg.op == KEEPER_DROP && msg.index == 18 && fd < 0);
	assert(keeper_link_send(s->link, KEEPER_WATCH, 30000, NULL) == 0);
	msg = receive(s, &fd);
	assert(msg.op == KEEPER_WATCH && msg.number == 30000 && msg.path[0] == '\0');
	assert(keeper_link_send(s->link, KEEPER_UPGRADE, 0, "/new/pmcd") == 0);
	msg = receive(s, &fd);
	assert(msg.op == KEEPER_UPGRADE && !strcmp(msg.path, "/new/pmcd"));
	memset(long_path, 'x', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	assert(keeper_link_send(s->link, KEEPER_UPGRADE, 0, long_path) == -ENAMETOOLONG);
	end(s);
}

/* 500 apps started at once put 1,000 pipes before the keeper has read the first. */
static void full_queue(struct story *s)
{
	int fd, sent = 0;

	begin(s);
	fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, FD_FIRST);
	while (sent < KEEPER_FDS && keeper_link_put(s->link, sent, fd) == 0)
		sent++;
	assert(sent >= 100);
	assert(sent < KEEPER_FDS);
	assert(keeper_link_put(s->link, sent, fd) == -EAGAIN);
	assert(keeper_link_shelf(s->link, sent) == -1);
	for (int i = 0, got; i < sent; i++) {
		receive(s, &got);
		close(got);
	}
	assert(keeper_link_put(s->link, sent, fd) == 0); /* room again */
	end(s);
}

static void exits(struct story *s)
{
	begin(s);
	assert(eventfd_write(FD_EVENT, 1) == 0);
	assert(eventfd_write(FD_EVENT, 1) == 0);
	uv_run(&s->loop, UV_RUN_ONCE);
	assert(s->events == 1); /* one look is enough for both */
	uv_run(&s->loop, UV_RUN_NOWAIT);
	assert(s->events == 1);
	assert(s->deaths == 0);
	end(s);
}

static void death(struct story *s)
{
	begin(s);
	close(s->peer);
	uv_run(&s->loop, UV_RUN_DEFAULT); /* nothing is watched any more, so it ends */
	assert(s->deaths == 1);
	assert(keeper_link_drop(s->link, 20) == -EPIPE);
	end(s);
}

static void death_with_unread_deposits(struct story *s)
{
	begin(s);
	assert(keeper_link_drop(s->link, 20) == 0);
	close(s->peer);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	assert(s->deaths == 1);
	end(s);
}

static void no_heir(struct story *s)
{
	struct pmc_error err = {};
	int fd;

	begin(s);
	fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, FD_FIRST);
	assert(keeper_link_put(s->link, 20, fd) == 0);
	assert(keeper_link_become(s->link, "/does/not/exist", &err) == -ENOENT);
	assert(strstr(err.message, "/does/not/exist"));
	assert(getenv("PMC_KEEPER") == NULL);
	assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert(fcntl(FD_LOCK, F_GETFD) & FD_CLOEXEC);
	assert(numbers(s)[20] == fd); /* as the heir would have found it */
	end(s);
}

/* ---- */

static void an_engine_without_a_keeper_is_refused(void **state)
{
	tell(no_keeper);
}

static void a_table_of_another_abi_is_refused(void **state)
{
	tell(other_abi);
}

static void what_an_earlier_engine_put_is_found(void **state)
{
	tell(inherited_shelf);
}

static void apps_inherit_nothing(void **state)
{
	tell(nothing_for_apps);
}

static void a_wild_store_into_the_keeper_s_part_is_fatal(void **state)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct story s = {};

		wild_store(&s);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
}

static void messages_say_what_was_asked(void **state)
{
	tell(messages);
}

static void a_full_queue_is_told_and_has_room_later(void **state)
{
	tell(full_queue);
}

static void ends_are_told_once_a_turn(void **state)
{
	tell(exits);
}

static void the_keeper_s_death_is_told_once(void **state)
{
	tell(death);
	tell(death_with_unread_deposits);
}

static void an_engine_that_cannot_become_the_keeper_goes_on(void **state)
{
	tell(no_heir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_engine_without_a_keeper_is_refused),
		cmocka_unit_test(a_table_of_another_abi_is_refused),
		cmocka_unit_test(what_an_earlier_engine_put_is_found),
		cmocka_unit_test(apps_inherit_nothing),
		cmocka_unit_test(a_wild_store_into_the_keeper_s_part_is_fatal),
		cmocka_unit_test(messages_say_what_was_asked),
		cmocka_unit_test(a_full_queue_is_told_and_has_room_later),
		cmocka_unit_test(ends_are_told_once_a_turn),
		cmocka_unit_test(the_keeper_s_death_is_told_once),
		cmocka_unit_test(an_engine_that_cannot_become_the_keeper_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
