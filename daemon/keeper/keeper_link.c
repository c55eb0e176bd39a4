#include "daemon/keeper/keeper_link.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "daemon/loop/handles.h"

#define FDS_BYTES (KEEPER_TABLE_BYTES - KEEPER_FDS_OFFSET)
#define SLOTS_BYTES (KEEPER_FDS_OFFSET - KEEPER_SLOTS_OFFSET)
#define QUEUE_BYTES (4 << 20)
#define FULL_QUEUE_WAIT_MS 50

struct keeper_link {
	const struct keeper_header *header;
	struct keeper_beat *beat;
	struct keeper_slot *slots;
	int32_t *shelf; /* our numbers of what is on the shelf; 0: none. The keeper's are in the
			   table */
	bool dead;
	bool jammed; /* the last wait for room in the queue was in vain */
	uv_poll_t event_poll, ctl_poll;
	struct keeper_link_callbacks callbacks;
};

/* An app must never inherit what is ours. One call, or one for each where the kernel is older
 * than 5.11. */
static void close_on_exec_all(void)
{
	struct dirent *entry;
	DIR *dir;

	if (close_range(FD_CTL, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	dir = opendir("/proc/self/fd");
	while (dir && (entry = readdir(dir)))
		if (atoi(entry->d_name) >= FD_CTL)
			fcntl(atoi(entry->d_name), F_SETFD, FD_CLOEXEC);
	if (dir)
		closedir(dir);
}

/* Nothing we make later may get a number below 10: it could not be stored on the shelf. */
static void occupy_low_numbers(void)
{
	for (int fd = 0; fd < FD_FIRST; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", O_RDWR | (fd > 2 ? O_CLOEXEC : 0));
}

static void *map_part(size_t offset, size_t bytes, int prot)
{
	void *mem = mmap(NULL, bytes, prot, MAP_SHARED, FD_TABLE, (off_t)offset);

	return mem == MAP_FAILED ? NULL : mem;
}

static bool known_layout(const struct keeper_header *header)
{
	return !memcmp(header->magic, KEEPER_MAGIC, sizeof(header->magic)) &&
	       header->abi == KEEPER_ABI && header->slot_bytes == sizeof(struct keeper_slot) &&
	       header->nslots == KEEPER_SLOTS && header->nfds == KEEPER_FDS;
}

/* Each part by its owner: header and fd[] are read-only here. */
static int map_table(struct keeper_link *link, struct pmc_error *err)
{
	const int32_t *fds;

	if (lseek(FD_TABLE, 0, SEEK_END) < (off_t)KEEPER_TABLE_BYTES)
		return pmc_error_set(err, -EPROTO,
				     "no keeper: pmcd --engine is started by pmc-keeper only");
	link->header = map_part(0, KEEPER_PAGE, PROT_READ);
	if (!link->header)
		return pmc_error_errno(err, -errno, "cannot map the keeper's table");
	if (!known_layout(link->header))
		return pmc_error_set(err, -EPROTO,
				     "the keeper's table has ABI %u, this pmcd knows %d",
				     link->header->abi, KEEPER_ABI);
	link->beat = map_part(KEEPER_PAGE, KEEPER_PAGE, PROT_READ | PROT_WRITE);
	link->slots = map_part(KEEPER_SLOTS_OFFSET, SLOTS_BYTES, PROT_READ | PROT_WRITE);
	fds = map_part(KEEPER_FDS_OFFSET, FDS_BYTES, PROT_READ);
	if (!link->beat || !link->slots || !fds)
		return pmc_error_errno(err, -ENOMEM, "cannot map the keeper's table");
	link->shelf = mem_zalloc(KEEPER_FDS * sizeof(*link->shelf));
	for (int i = 0; i < KEEPER_FDS; i++)
		if (fds[i] > 0)
			link->shelf[i] = fds[i];
	munmap((void *)(uintptr_t)fds, FDS_BYTES);
	return 0;
}

static void on_event(uv_poll_t *poll, int status, int events)
{
	struct keeper_link *link = container_of(poll, struct keeper_link, event_poll);
	uint64_t count;

	if (read(FD_EVENT, &count, sizeof(count)) == sizeof(count))
		link->callbacks.on_event(link->callbacks.owner);
}

/* The keeper says nothing here. End of file, ECONNRESET (it left deposits unread), any other error:
 * it is dead. */
static void on_ctl(uv_poll_t *poll, int status, int events)
{
	struct keeper_link *link = container_of(poll, struct keeper_link, ctl_poll);
	char byte;
	ssize_t n = recv(FD_CTL, &byte, 1, MSG_DONTWAIT | MSG_PEEK);

	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	link->dead = true;
	uv_poll_stop(&link->ctl_poll);
	uv_poll_stop(&link->event_poll);
	link->callbacks.on_death(link->callbacks.owner);
}

static void destroy_later(void *owner)
{
	keeper_link_destroy(owner);
}

/* On failure the link is destroyed, in a later turn if need be. */
static int watch(struct keeper_link *link, struct handles *handles, struct pmc_error *err)
{
	int rc = handles_poll(handles, &link->event_poll, FD_EVENT, link);

	if (rc < 0) {
		keeper_link_destroy(link);
		return pmc_error_errno(err, rc, "cannot watch the keeper's events");
	}
	rc = handles_poll(handles, &link->ctl_poll, FD_CTL, link);
	if (rc < 0) {
		handles_drop(handles, (uv_handle_t *)&link->event_poll, destroy_later, link);
		return pmc_error_errno(err, rc, "cannot watch the keeper's life");
	}
	uv_poll_start(&link->event_poll, UV_READABLE, on_event);
	uv_poll_start(&link->ctl_poll, UV_READABLE | UV_DISCONNECT, on_ctl);
	return 0;
}

/* Room for the deposits of a few thousand starts at once; what the system grants is enough for some
 * hundred. */
static void widen_queue(void)
{
	int bytes = QUEUE_BYTES;

	if (setsockopt(FD_CTL, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0)
		setsockopt(FD_CTL, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

int keeper_link_create(struct handles *handles, const struct keeper_link_callbacks *callbacks,
		       struct keeper_link **ret_link, struct pmc_error *err)
{
	struct keeper_link *link = mem_zalloc(sizeof(*link));
	int rc;

	close_on_exec_all();
	occupy_low_numbers();
	link->callbacks = *callbacks;
	rc = map_table(link, err);
	if (rc < 0) {
		keeper_link_destroy(link);
		return rc;
	}
	widen_queue();
	rc = watch(link, handles, err);
	if (rc == 0)
		*ret_link = link;
	return rc;
}

void keeper_link_destroy(struct keeper_link *link)
{
	if (!link)
		return;
	if (link->header)
		munmap((void *)(uintptr_t)link->header, KEEPER_PAGE);
	if (link->beat)
		munmap(link->beat, KEEPER_PAGE);
	if (link->slots)
		munmap(link->slots, SLOTS_BYTES);
	free(link->shelf);
	free(link);
}

const struct keeper_header *keeper_link_header(const struct keeper_link *link)
{
	return link->header;
}

struct keeper_beat *keeper_link_beat(struct keeper_link *link)
{
	return link->beat;
}

struct keeper_slot *keeper_link_slot(struct keeper_link *link, int slot)
{
	assert(slot >= 0 && slot < KEEPER_SLOTS);
	return &link->slots[slot];
}

int keeper_link_shelf(const struct keeper_link *link, int index)
{
	assert(index >= 0 && index < KEEPER_FDS);
	return link->shelf[index] > 0 ? link->shelf[index] : -1;
}

/* 0 or negative errno. Non-root: descriptors under way count too, ETOOMANYREFS means the same as a
 * full queue. */
static int send_once(const struct keeper_message *msg, int fd)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)msg, .iov_len = sizeof(*msg)};
	struct msghdr hdr = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	if (fd >= 0) {
		hdr.msg_control = &control;
		hdr.msg_controllen = sizeof(control);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	}
	do
		n = sendmsg(FD_CTL, &hdr, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return 0;
	if (errno == ECONNRESET || errno == ENOTCONN)
		return -EPIPE;
	return errno == ETOOMANYREFS || errno == ENOBUFS || errno == ENOMEM ? -EAGAIN : -errno;
}

/* A keeper that lives empties its queue in microseconds, so a short wait is better than a failed
 * start. It is not repeated while the keeper does not move. */
static int send_message(struct keeper_link *link, const struct keeper_message *msg, int fd)
{
	struct pollfd room = {.fd = FD_CTL, .events = POLLOUT};
	int rc = link->dead ? -EPIPE : send_once(msg, fd);

	if (rc == -EAGAIN && !link->jammed) {
		poll(&room, 1, FULL_QUEUE_WAIT_MS);
		rc = send_once(msg, fd);
	}
	link->jammed = rc == -EAGAIN;
	return rc;
}

int keeper_link_put(struct keeper_link *link, int index, int fd)
{
	struct keeper_message msg = {.op = KEEPER_PUT, .index = (uint32_t)index};
	int rc;

	assert(index >= 0 && index < KEEPER_FDS && fd >= FD_FIRST);
	rc = send_message(link, &msg, fd);
	if (rc == 0)
		link->shelf[index] = fd;
	return rc;
}

int keeper_link_drop(struct keeper_link *link, int index)
{
	struct keeper_message msg = {.op = KEEPER_DROP, .index = (uint32_t)index};
	int rc;

	assert(index >= 0 && index < KEEPER_FDS);
	rc = send_message(link, &msg, -1);
	if (rc == 0)
		link->shelf[index] = 0;
	return rc;
}

int keeper_link_send(struct keeper_link *link, enum keeper_op op, uint64_t number, const char *path)
{
	struct keeper_message msg = {.op = op, .number = number};

	if (path && strlen(path) >= sizeof(msg.path))
		return -ENAMETOOLONG;
	if (path)
		strcpy(msg.path, path);
	return send_message(link, &msg, -1);
}

/* What the new keeper finds under the same numbers: table, lock, directory, shelf. `flag` is 0 to
 * hand them on. */
static void mark_inheritance(const struct keeper_link *link, int flag)
{
	static const int ours[] = {FD_TABLE, FD_LOCK, FD_SHM_DIR};

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		fcntl(ours[i], F_SETFD, flag);
	for (int i = 0; i < KEEPER_FDS; i++)
		if (link->shelf[i] > 0)
			fcntl(link->shelf[i], F_SETFD, flag);
}

/* The keeper is dead, so fd[] is ours to write. A number that is no descriptor any more is left
 * out. */
static int store_numbers(const struct keeper_link *link)
{
	int32_t *fds = map_part(KEEPER_FDS_OFFSET, FDS_BYTES, PROT_READ | PROT_WRITE);

	if (!fds)
		return -errno;
	for (int i = 0; i < KEEPER_FDS; i++)
		fds[i] = link->shelf[i] > 0 && fcntl(link->shelf[i], F_GETFD) >= 0 ? link->shelf[i]
										   : 0;
	munmap(fds, FDS_BYTES);
	return 0;
}

_Static_assert(FD_SHM_DIR == 9, "its name stands below");

int keeper_link_become(struct keeper_link *link, const char *keeper_path, struct pmc_error *err)
{
	char engine_path[sizeof(link->header->engine_path)], shm_dir[PATH_MAX] = "";
	char *args[] = {(char *)(uintptr_t)keeper_path, engine_path, shm_dir, getenv("PMC_HOME"),
			NULL};
	int rc;

	memcpy(engine_path, link->header->engine_path, sizeof(engine_path));
	if (readlink("/proc/self/fd/9", shm_dir, sizeof(shm_dir) - 1) < 0)
		return pmc_error_errno(err, -errno, "cannot find the run-time directory");
	rc = store_numbers(link);
	if (rc < 0)
		return pmc_error_errno(err, rc, "cannot write the keeper's table");
	mark_inheritance(link, 0);
	setenv("PMC_KEEPER", "adopt", 1);
	execv(keeper_path, args);
	rc = -errno;
	unsetenv("PMC_KEEPER");
	mark_inheritance(link, FD_CLOEXEC);
	return pmc_error_errno(err, rc, "cannot execute %s", keeper_path);
}
