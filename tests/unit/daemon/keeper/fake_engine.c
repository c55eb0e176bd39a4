/* fake_engine: an engine without apps, for tests of the keeper: `fake_engine --engine HOME`.
 *
 * It takes the keeper over with the real keeper_link, stores `ready_ns` and obeys datagrams sent to
 *HOME/cmd, one order each, answered when done:
 *
 *	spawn SLOT COMMAND	a child of the keeper in that slot, by /bin/sh; answers its pid
 *	free SLOT
 *	put INDEX		a new pipe, its read end on the shelf at INDEX; answers its inode
 *	shelf INDEX		answers the inode of what is there, 0 if nothing is
 *	drop INDEX
 *	junk BYTES		a message of that size, with a descriptor
 *	op NUMBER INDEX VALUE PATH	any message; PATH may be missing
 *	hang			never comes back
 *	exit CODE
 *
 * HOME/mode, if it is there, says how it behaves: "exit CODE" before it is ready, "segv" when it is
 *ready, "mute" never becomes ready, "stubborn" does not end on SIGTERM. Each SIGTERM adds a byte to
 *HOME/terms. When the keeper dies it becomes the keeper: HOME/keeper. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "daemon/keeper/keeper_link.h"
#include "daemon/loop/handles.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"

#define HEARTBEAT_MS 10

struct fake {
	const char *home;
	char mode[32];
	struct handles handles;
	struct keeper_link *link;
	uv_poll_t orders;
	uv_signal_t term;
	uv_timer_t heart;
	int socket;
};

static char *in_home(const struct fake *f, const char *name)
{
	return mem_printf("%s/%s", f->home, name);
}

/* As the engine does it: everything but the pid stands in the slot before, the pid is the kernel's.
 */
static long spawn(struct fake *f, int index, const char *command)
{
	struct keeper_slot *slot = keeper_link_slot(f->link, index);
	struct keeper_beat *beat = keeper_link_beat(f->link);
	uint32_t intent = SLOT_INTENT;
	long pid;

	if (beat->slots_used <= (uint32_t)index)
		beat->slots_used = (uint32_t)index + 1;
	slot->pid = 0;
	slot->seq++;
	slot->flags = 0;
	slot->state = SLOT_INTENT;
	pid = syscall(SYS_clone, CLONE_PARENT | CLONE_PARENT_SETTID, 0, &slot->pid, 0, 0);
	if (pid == 0) {
		setsid();
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	atomic_compare_exchange_strong(&slot->state, &intent, SLOT_RUN);
	return pid;
}

static long inode_of(int fd)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 ? (long)st.st_ino : 0;
}

static long put(struct fake *f, int index)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	close(fds[1]);
	if (keeper_link_put(f->link, index, fds[0]) < 0)
		return -1;
	return inode_of(fds[0]);
}

static long send_raw(const void *data, size_t len)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.head = {.cmsg_level = SOL_SOCKET,
			      .cmsg_type = SCM_RIGHTS,
			      .cmsg_len = CMSG_LEN(sizeof(int))}};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
	struct msghdr hdr = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	int fd = 0;

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(FD_CTL, &hdr, MSG_NOSIGNAL);
}

static long any_op(const char *words)
{
	struct keeper_message msg = {};
	unsigned long number = 0;

	sscanf(words, "%u %u %lu %255s", &msg.op, &msg.index, &number, msg.path);
	msg.number = number;
	return send_raw(&msg, sizeof(msg));
}

static void hang(void)
{
	for (;;)
		pause();
}

static long obey(struct fake *f, const char *order)
{
	static const char junk[4096];
	char word[16] = "";
	int index = 0, rest = 0;

	sscanf(order, "%15s %n%d %n", word, &rest, &index, &rest);
	if (!strcmp(word, "spawn"))
		return spawn(f, index, order + rest);
	if (!strcmp(word, "free")) {
		keeper_link_slot(f->link, index)->state = SLOT_FREE;
		return 0;
	}
	if (!strcmp(word, "put"))
		return put(f, index);
	if (!strcmp(word, "share"))
		return keeper_link_put(f->link, index, f->socket);
	if (!strcmp(word, "shelf"))
		return inode_of(keeper_link_shelf(f->link, index));
	if (!strcmp(word, "drop"))
		return keeper_link_drop(f->link, index);
	if (!strcmp(word, "junk"))
		return send_raw(junk, (size_t)index);
	if (!strcmp(word, "op"))
		return any_op(order + strlen("op "));
	if (!strcmp(word, "hang"))
		hang();
	if (!strcmp(word, "exit"))
		_exit(index);
	return -EINVAL;
}

static void on_order(uv_poll_t *poll, int status, int events)
{
	struct fake *f = container_of(poll, struct fake, orders);
	struct sockaddr_un from;
	socklen_t from_len = sizeof(from);
	char order[512], answer[32];
	ssize_t n = recvfrom(f->socket, order, sizeof(order) - 1, MSG_DONTWAIT,
			     (struct sockaddr *)&from, &from_len);

	if (n <= 0)
		return;
	order[n] = '\0';
	n = snprintf(answer, sizeof(answer), "%ld", obey(f, order));
	sendto(f->socket, answer, (size_t)n, MSG_DONTWAIT, (struct sockaddr *)&from, from_len);
}

static void on_term(uv_signal_t *signal, int signum)
{
	struct fake *f = container_of(signal, struct fake, term);
	_cleanup_(mem_freep) char *path = in_home(f, "terms");
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, "t", 1) != 1)
		abort();
	close(fd);
	keeper_link_beat(f->link)->flags = BEAT_STOPPING;
	if (!strcmp(f->mode, "stubborn"))
		return;
	keeper_link_send(f->link, KEEPER_STOP, 7, NULL);
	_exit(0);
}

static void on_heart(uv_timer_t *timer)
{
	struct fake *f = container_of(timer, struct fake, heart);

	keeper_link_beat(f->link)->heartbeat_ns = clock_now_ns();
}

static void on_event(void *owner)
{
}

static void on_death(void *owner)
{
	struct fake *f = owner;
	_cleanup_(mem_freep) char *keeper = in_home(f, "keeper");
	struct pmc_error err;

	keeper_link_become(f->link, keeper, &err);
	fprintf(stderr, "fake_engine: %s\n", err.message);
	_exit(3);
}

static void read_mode(struct fake *f)
{
	_cleanup_(mem_freep) char *path = in_home(f, "mode");
	FILE *file = fopen(path, "r");

	if (!file)
		return;
	if (!fgets(f->mode, sizeof(f->mode), file))
		f->mode[0] = '\0';
	fclose(file);
}

static int listen_for_orders(struct fake *f)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/cmd", f->home);
	unlink(addr.sun_path);
	f->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (f->socket < 0 || bind(f->socket, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return -errno;
	return handles_poll(&f->handles, &f->orders, f->socket, f);
}

int main(int argc, char **argv)
{
	struct fake f = {.home = argc == 3 ? argv[2] : ""};
	struct keeper_link_callbacks callbacks = {
		.on_event = on_event, .on_death = on_death, .owner = &f};
	struct pmc_error err;

	read_mode(&f);
	if (!strncmp(f.mode, "exit ", 5))
		return atoi(f.mode + 5);
	handles_init(&f.handles, uv_default_loop());
	if (keeper_link_create(&f.handles, &callbacks, &f.link, &err) < 0) {
		fprintf(stderr, "fake_engine: %s\n", err.message);
		return 2;
	}
	if (!strcmp(f.mode, "mute"))
		hang();
	if (listen_for_orders(&f) < 0 || handles_signal(&f.handles, &f.term, &f) < 0)
		return 2;
	handles_timer(&f.handles, &f.heart, &f);
	uv_poll_start(&f.orders, UV_READABLE, on_order);
	uv_signal_start(&f.term, on_term, SIGTERM);
	uv_timer_start(&f.heart, on_heart, 0, HEARTBEAT_MS);
	keeper_link_beat(f.link)->ready_ns = clock_now_ns();
	if (!strcmp(f.mode, "segv")) {
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
	}
	return uv_run(f.handles.loop, UV_RUN_DEFAULT);
}
