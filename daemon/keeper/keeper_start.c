#include "daemon/keeper/keeper_start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BOOT_ID_FILE "/proc/sys/kernel/random/boot_id"

/* Fit for a start only: later, stderr may be a file on a slow disk. */
static int fail(const char *what)
{
	dprintf(2, "pmc-keeper: %s: %s\n", what, strerror(errno));
	return -1;
}

int keeper_start_read(const char *path, char *buf, size_t cap)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, buf, cap - 1);
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return (int)n;
}

/* 0 to 9 are never free, so that no number on the shelf is below 10 and nothing made later lands
 * there by chance. */
static void occupy_low_numbers(void)
{
	for (int fd = 0; fd < FD_FIRST; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", O_RDWR);
}

static int move(int from, int to, int flags)
{
	if (from < 0 || dup3(from, to, flags) < 0)
		return -1;
	return close(from);
}

/* ---- the table ---- */

/* Map `fd` if it is a table to go on with: this layout, boot and pid namespace. NULL: any. */
static bool map_table(struct keeper_start *k, int fd, const struct keeper_header *world)
{
	const struct keeper_header *h;
	struct stat st;
	char *mem;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < (off_t)KEEPER_TABLE_BYTES)
		return false;
	mem = mmap(NULL, KEEPER_TABLE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mem == MAP_FAILED)
		return false;
	h = k->header = (void *)mem;
	k->beat = (void *)(mem + KEEPER_PAGE);
	k->slots = (void *)(mem + KEEPER_SLOTS_OFFSET);
	k->shelf = (void *)(mem + KEEPER_FDS_OFFSET);
	return !world || (!memcmp(h, world, offsetof(struct keeper_header, flags)) &&
			  !memcmp(h->boot_id, world->boot_id, sizeof(h->boot_id)) &&
			  h->pidns_ino == world->pidns_ino);
}

/* All of it is allocated now, so that no store can fail for lack of room later. */
static int make_table(struct keeper_start *k, const struct keeper_header *world)
{
	int fd;

	unlinkat(FD_SHM_DIR, KEEPER_TABLE_NAME, 0);
	fd = openat(FD_SHM_DIR, KEEPER_TABLE_NAME, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || (errno = posix_fallocate(fd, 0, KEEPER_TABLE_BYTES)) ||
	    !map_table(k, fd, NULL))
		return -1;
	*k->header = *world;
	return fd;
}

/* To its number, found or new. An heir has it there already: its name may be gone. */
static int open_table(struct keeper_start *k)
{
	struct keeper_header world = {.magic = KEEPER_MAGIC,
				      .abi = KEEPER_ABI,
				      .header_bytes = sizeof(struct keeper_header),
				      .slot_bytes = sizeof(struct keeper_slot),
				      .nslots = KEEPER_SLOTS,
				      .nfds = KEEPER_FDS};
	struct stat st;
	int fd;

	if (keeper_start_read(BOOT_ID_FILE, world.boot_id, sizeof(world.boot_id)) <= 0 ||
	    stat("/proc/self/ns/pid", &st) < 0)
		return fail("/proc");
	world.pidns_ino = st.st_ino;
	if (k->mode != KEEPER_START_FRESH)
		return map_table(k, FD_TABLE, &world) ? 0 : fail("inherited table");
	fd = openat(FD_SHM_DIR, KEEPER_TABLE_NAME, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && !map_table(k, fd, &world)) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		fd = make_table(k, &world);
	return move(fd, FD_TABLE, 0) < 0 ? fail(KEEPER_TABLE_NAME) : 0;
}

/* Who becomes keeper is not the parent of what runs: those are orphans. Shelf numbers are true only
 * if an engine that became the keeper has stored its own there. */
static void take_over(struct keeper_start *k)
{
	struct keeper_header *h = k->header;

	for (uint32_t i = 0; i < k->beat->slots_used && i < KEEPER_SLOTS; i++)
		if (k->slots[i].state == SLOT_INTENT || k->slots[i].state == SLOT_RUN)
			k->slots[i].flags |= SLOT_ORPHAN;
	h->keeper_pid = getpid();
	h->keeper_gen++;
	h->engine_pid = 0;
	h->watch_ms = 0;
	if (k->mode == KEEPER_START_ADOPT) {
		if (k->beat->flags & BEAT_STOPPING)
			h->flags |= KEEPER_STOPPING;
		return;
	}
	if (h->keeper_gen > 1) /* else it is new, and empty */
		memset(k->shelf, 0, KEEPER_FDS * sizeof(*k->shelf));
	h->flags = 0;
	h->safe_since_us = 0;
	h->failed_starts = 0;
	h->engine_prev[0] = '\0';
}

/* ---- the process ---- */

/* Both ends of the pair stay open here, so deposits outlive who sent them. 7 and 8 are ours alone.
 */
static int open_channels(const struct keeper_start *k)
{
	static const int awaited[] = {SIGCHLD, SIGTERM, SIGINT};
	sigset_t set;
	int pair[2];

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(awaited) / sizeof(awaited[0]); i++) {
		sigaddset(&set, awaited[i]);
		signal(awaited[i], SIG_DFL); /* an ignored SIGCHLD would reap behind our back */
	}
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (k->mode == KEEPER_START_REEXEC) {
		fcntl(FD_KEEPER_CTL, F_SETFD, FD_CLOEXEC);
		return fcntl(FD_KEEPER_SIG, F_SETFD, FD_CLOEXEC);
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
		return fail("socketpair");
	if (move(pair[0], FD_CTL, 0) < 0 || move(pair[1], FD_KEEPER_CTL, O_CLOEXEC) < 0 ||
	    move(eventfd(0, EFD_NONBLOCK), FD_EVENT, 0) < 0 ||
	    move(signalfd(-1, &set, SFD_NONBLOCK), FD_KEEPER_SIG, O_CLOEXEC) < 0)
		return fail("descriptors");
	return 0;
}

void keeper_start_oom_score(const char *score)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	ssize_t ignored = write(fd, score, strlen(score));

	(void)ignored;
	close(fd);
}

/* Apps get back what pmc was started with; only a fresh keeper sees it, an heir has it in the
 * table. */
static void prepare_process(struct keeper_start *k)
{
	mode_t mask = umask(077);
	struct rlimit files = {};
	char oom[16] = "0";

	getrlimit(RLIMIT_NOFILE, &files);
	keeper_start_read("/proc/self/oom_score_adj", oom, sizeof(oom));
	if (k->mode == KEEPER_START_FRESH) {
		k->header->app_umask = mask;
		k->header->app_nofile =
			files.rlim_cur > UINT32_MAX ? UINT32_MAX : (uint32_t)files.rlim_cur;
		k->header->app_oom_adj = atoi(oom);
	}
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	keeper_start_oom_score("-1000");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* The lock came with descriptor 6. Somebody who has no right to it is told who has. */
static int check_inheritance(void)
{
	struct keeper_header h = {};
	int fd;

	if (fcntl(FD_LOCK, F_GETFD) < 0 || fcntl(FD_SHM_DIR, F_GETFD) < 0) {
		dprintf(2, "pmc-keeper: is started by pmcd, not by hand\n");
		return -1;
	}
	if (flock(FD_LOCK, LOCK_EX | LOCK_NB) == 0)
		return 0;
	fd = openat(FD_SHM_DIR, KEEPER_TABLE_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || pread(fd, &h, sizeof(h), 0) != sizeof(h))
		return fail("lock");
	dprintf(2, "pmc-keeper: already running, pid %d\n", h.keeper_pid);
	return -1;
}

static enum keeper_start_mode how_started(void)
{
	const char *mark = getenv("PMC_KEEPER");

	if (mark && !strcmp(mark, "adopt"))
		return KEEPER_START_ADOPT;
	return mark && !strcmp(mark, "reexec") ? KEEPER_START_REEXEC : KEEPER_START_FRESH;
}

int keeper_start(struct keeper_start *ret_start, char **argv)
{
	struct keeper_start k = {.mode = how_started()};

	if (check_inheritance() < 0)
		return -1;
	occupy_low_numbers();
	if (k.mode == KEEPER_START_FRESH)
		close_range(FD_FIRST, ~0U, 0); /* the shelf begins empty */
	if (open_table(&k) < 0 || open_channels(&k) < 0)
		return -1;
	fcntl(FD_LOCK, F_SETFD, 0);
	fcntl(FD_SHM_DIR, F_SETFD, 0);
	if (k.mode != KEEPER_START_REEXEC)
		take_over(&k);
	if (k.mode == KEEPER_START_FRESH) {
		strcpy(k.header->engine_path, argv[1]); /* main() has looked at its length */
		if (argv[4] && !strcmp(argv[4], "--foreground"))
			k.header->flags |= KEEPER_FOREGROUND;
	}
	prepare_process(&k);
	*ret_start = k;
	return 0;
}
