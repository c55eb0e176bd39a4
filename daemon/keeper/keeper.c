/* pmc-keeper: the parent of every app, the holder of their descriptors, and the one that starts
 *pmcd again.
 *
 *	pmc-keeper ENGINE_PATH SHM_DIR HOME [--foreground]
 *	pmc-keeper --check		prints "pmc-keeper abi N"
 *
 * Descriptor 6 is HOME/run/lock, flocked; 9 is SHM_DIR, opened. It is started by pmcd
 *(daemon/launch.c), by a dying keeper's engine in its own process (PMC_KEEPER=adopt,
 *daemon/keeper/keeper_link.c), or by itself (PMC_KEEPER=reexec).
 *
 * It makes no app (the engine does, with CLONE_PARENT), parses nothing, allocates nothing after its
 *start, touches only tmpfs, and waits in poll() alone. What it does:
 *
 *	an end	  recorded in the slot first, reaped afterwards: who dies in between has lost
 *nothing a message of the engine: a descriptor for the shelf, or one of a few orders the engine
 *ended: the next one is forked, at once or after the pause of plan_next_engine()
 *
 * The engine inherits 3 to 6, 9 and the whole shelf under the same numbers. SIGHUP and SIGPIPE are
 *ignored here and in the engine until it installs handlers of its own. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/keeper/keeper_table.h"

#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)
#define NEVER UINT64_MAX

#define HEALTHY_NS (10 * SECOND) /* ready for so long: earlier failures are forgotten */
#define SETTLED_NS (60 * SECOND) /* ready for so long: no way back to the binary before */
#define FALLBACK_FAILURES 3
#define SAFE_FAILURES 5
#define MAX_PAUSE_MS 5000
#define MAX_WATCH_MS 3600000
#define ENDS_PER_TURN 256

#define TABLE_NAME "keeper.table"
#define STATUS_NAME "status"

enum start { START_FRESH, START_ADOPT, START_REEXEC };

struct keeper {
	struct keeper_header *header;
	struct keeper_beat *beat;
	struct keeper_slot *slots;
	int32_t *shelf;
	const char *shm_dir, *home;
	uint64_t start_at_ns;	/* when the next engine is due, while there is none */
	uint64_t watch_from_ns; /* the watchdog counts from here or from the last heartbeat */
	bool suspect;		/* its heartbeat stood still at the last look */
	bool hung;		/* the watchdog has signalled this engine */
	bool upgrading;		/* this engine was killed to make room for another */
	bool term_due;		/* this engine is still to be told to end */
	bool status_shown;	/* SHM_DIR/status exists */
	bool news;		/* something the engine should look at */
	bool ending;		/* op STOP: end when the engine does */
	int end_code;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

static uint64_t wall_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static bool flagged(const struct keeper *k, uint32_t flag)
{
	return k->header->flags & flag;
}

/* Did this engine get as far as storing `ready_ns`? What an earlier one stored lies before this
 * one's fork. */
static bool engine_ready(const struct keeper *k)
{
	return k->beat->ready_ns >= k->header->engine_fork_ns;
}

/* Only before the loop begins: stderr may be a file on a slow disk. */
static int fail(const char *what)
{
	dprintf(2, "pmc-keeper: %s: %s\n", what, strerror(errno));
	return -1;
}

/* Text of a small file, NUL-terminated; length, or -1. */
static int read_small(const char *path, char *buf, size_t cap)
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

/* ---- the table ---- */

/* What makes a table ours to go on with: its layout, this boot, this pid namespace. */
static int identify(struct keeper_header *id)
{
	struct stat st;
	int n = read_small("/proc/sys/kernel/random/boot_id", id->boot_id, sizeof(id->boot_id));

	if (n <= 0 || stat("/proc/self/ns/pid", &st) < 0)
		return fail("/proc");
	id->boot_id[strcspn(id->boot_id, "\n")] = '\0';
	id->pidns_ino = st.st_ino;
	memcpy(id->magic, KEEPER_MAGIC, sizeof(id->magic));
	id->abi = KEEPER_ABI;
	id->header_bytes = sizeof(struct keeper_header);
	id->slot_bytes = sizeof(struct keeper_slot);
	id->nslots = KEEPER_SLOTS;
	id->nfds = KEEPER_FDS;
	return 0;
}

static bool same_world(const struct keeper_header *h, const struct keeper_header *id)
{
	return !memcmp(h->magic, id->magic, sizeof(h->magic)) && h->abi == id->abi &&
	       h->header_bytes == id->header_bytes && h->slot_bytes == id->slot_bytes &&
	       h->nslots == id->nslots && h->nfds == id->nfds && h->pidns_ino == id->pidns_ino &&
	       !strncmp(h->boot_id, id->boot_id, sizeof(h->boot_id));
}

/* Map `fd` if it is a table to go on with. */
static bool map_table(struct keeper *k, int fd, const struct keeper_header *id)
{
	struct stat st;
	char *mem;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < (off_t)KEEPER_TABLE_BYTES)
		return false;
	mem = mmap(NULL, KEEPER_TABLE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mem == MAP_FAILED)
		return false;
	k->header = (void *)mem;
	k->beat = (void *)(mem + KEEPER_PAGE);
	k->slots = (void *)(mem + KEEPER_SLOTS_OFFSET);
	k->shelf = (void *)(mem + KEEPER_FDS_OFFSET);
	if (!id || same_world(k->header, id))
		return true;
	munmap(mem, KEEPER_TABLE_BYTES);
	return false;
}

/* All of it is allocated now, so that no store can fail for lack of room later. The magic is
 * written last. */
static int make_table(struct keeper *k, const struct keeper_header *id)
{
	int fd, err;

	unlinkat(FD_SHM_DIR, TABLE_NAME, 0);
	fd = openat(FD_SHM_DIR, TABLE_NAME, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return -1;
	err = posix_fallocate(fd, 0, KEEPER_TABLE_BYTES);
	if (err || !map_table(k, fd, NULL)) {
		if (err)
			errno = err;
		close(fd);
		return -1;
	}
	*k->header = *id;
	return fd;
}

/* The table goes to its number, new or found. An adopting keeper has it there already: its name may
 * be gone. */
static int open_table(struct keeper *k, enum start start)
{
	struct keeper_header id = {};
	int fd;

	if (identify(&id) < 0)
		return -1;
	if (start != START_FRESH)
		return map_table(k, FD_TABLE, &id) ? 0 : fail("inherited table");
	fd = openat(FD_SHM_DIR, TABLE_NAME, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || !map_table(k, fd, &id)) {
		if (fd >= 0)
			close(fd);
		fd = make_table(k, &id);
	}
	if (fd < 0 || dup2(fd, FD_TABLE) < 0)
		return fail(TABLE_NAME);
	close(fd);
	return 0;
}

/* Who becomes keeper is not the parent of what runs: those are orphans. Shelf numbers are true only
 * if an engine that became the keeper has stored its own there. */
static void take_over(struct keeper *k, enum start start)
{
	struct keeper_header *h = k->header;

	for (int i = 0; i < KEEPER_SLOTS; i++)
		if (k->slots[i].state == SLOT_INTENT || k->slots[i].state == SLOT_RUN)
			k->slots[i].flags |= SLOT_ORPHAN;
	h->keeper_pid = getpid();
	h->keeper_gen++;
	h->engine_pid = 0;
	h->watch_ms = 0;
	if (start == START_ADOPT) {
		if (k->beat->flags & BEAT_STOPPING)
			h->flags |= KEEPER_STOPPING;
		return;
	}
	memset(k->shelf, 0, KEEPER_FDS * sizeof(*k->shelf));
	h->flags = 0;
	h->failed_starts = 0;
	h->engine_prev[0] = '\0';
}

/* ---- the process ---- */

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

/* Both ends of the pair stay open here: deposits outlive the engine that sent them. 7 and 8 are not
 * for the engine. */
static int open_channels(enum start start)
{
	sigset_t set;
	int pair[2];

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGCHLD, SIG_DFL); /* an inherited "ignore" would reap behind our back */
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (start == START_REEXEC) {
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

static void set_oom_score(const char *score)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, score, strlen(score)) < 0) {
		/* not permitted: then the keeper is simply the smallest process of the user */
	}
	close(fd);
}

/* Apps get back what pmc was started with; only a fresh keeper sees it, later ones find it in the
 * table. */
static void prepare_process(struct keeper *k, enum start start)
{
	mode_t mask = umask(077);
	struct rlimit files = {};
	char oom[16] = "0";

	getrlimit(RLIMIT_NOFILE, &files);
	read_small("/proc/self/oom_score_adj", oom, sizeof(oom));
	if (start == START_FRESH) {
		k->header->app_umask = mask;
		k->header->app_nofile =
			files.rlim_cur > UINT32_MAX ? UINT32_MAX : (uint32_t)files.rlim_cur;
		k->header->app_oom_adj = atoi(oom);
	}
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	set_oom_score("-1000");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* ---- the status line: what `pmc ping` shows when nobody answers ---- */

static void show_status(struct keeper *k)
{
	const struct keeper_header *h = k->header;
	bool by_signal = h->engine_code != CLD_EXITED;
	char line[160];
	int fd, n;

	n = snprintf(line, sizeof(line), "%spmcd failed %u times, last %s %d%s\n",
		     flagged(k, KEEPER_SAFE) ? "safe mode: " : "", h->failed_starts,
		     by_signal ? "by signal" : "with exit code", h->engine_status,
		     h->engine_code == CLD_EXITED && h->engine_status == 127
			     ? " (cannot be executed)"
			     : "");
	fd = openat(FD_SHM_DIR, STATUS_NAME ".new",
		    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (write(fd, line, (size_t)n) == n &&
	    renameat(FD_SHM_DIR, STATUS_NAME ".new", FD_SHM_DIR, STATUS_NAME) == 0)
		k->status_shown = true;
	close(fd);
}

static void hide_status(struct keeper *k)
{
	unlinkat(FD_SHM_DIR, STATUS_NAME, 0);
	k->status_shown = false;
}

/* ---- the engine ---- */

static void become_engine(struct keeper *k)
{
	char *args[] = {k->header->engine_path, (char *)(uintptr_t) "--engine",
			(char *)(uintptr_t)k->home, NULL};
	sigset_t none;

	k->header->engine_pid = getpid();
	set_oom_score("-900");
	unsetenv("PMC_KEEPER");
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(args[0], args);
	dprintf(2, "pmc-keeper: cannot execute %s: %s\n", args[0], strerror(errno));
	_exit(127);
}

static void start_engine(struct keeper *k)
{
	struct keeper_header *h = k->header;
	pid_t pid;

	k->suspect = k->hung = k->upgrading = false;
	k->term_due = flagged(k, KEEPER_STOPPING);
	k->beat->flags = 0;
	h->watch_ms = 0;
	h->engine_gen++;
	h->engine_fork_ns = now_ns();
	pid = fork();
	if (pid == 0)
		become_engine(k);
	if (pid > 0)
		h->engine_pid = pid;
	else
		k->start_at_ns = now_ns() + 100 * MS;
}

/* One more in a row that did not come up, or not for long. Returns the pause before the next. */
static uint64_t count_failure(struct keeper *k)
{
	struct keeper_header *h = k->header;
	uint32_t n = ++h->failed_starts;
	uint64_t pause_ms = n < 9 ? UINT64_C(20) << (n - 1) : MAX_PAUSE_MS;

	if (n == FALLBACK_FAILURES && h->engine_prev[0]) {
		memcpy(h->engine_path, h->engine_prev, sizeof(h->engine_path));
		h->engine_prev[0] = '\0';
		h->failed_starts = 0;
		return 20 * MS;
	}
	if (n == SAFE_FAILURES && !flagged(k, KEEPER_SAFE)) {
		h->safe_since_us = wall_us();
		h->flags |= KEEPER_SAFE;
	}
	show_status(k);
	return pause_ms * MS;
}

/* The table of reliability.md, section 11. */
static void plan_next_engine(struct keeper *k)
{
	struct keeper_header *h = k->header;
	uint64_t ready = k->beat->ready_ns, end = h->engine_end_ns, pause = 0;
	uint64_t healthy = engine_ready(k) && ready < end ? end - ready : 0;
	bool killed = h->engine_code == CLD_KILLED && h->engine_status == SIGKILL;

	if (healthy > HEALTHY_NS)
		h->failed_starts = 0;
	if (healthy > SETTLED_NS)
		h->engine_prev[0] = '\0';
	if (k->upgrading)
		pause = 0;
	else if (engine_ready(k) && killed && !k->hung)
		pause = end - h->engine_fork_ns < 100 * MS ? 20 * MS : 0;
	else if (healthy <= HEALTHY_NS || k->hung)
		pause = count_failure(k);
	k->start_at_ns = end + pause;
}

/* A wish to end that this engine had heard, or died of before it could listen, passes to the next
 * one. */
static void engine_ended(struct keeper *k, const siginfo_t *info)
{
	struct keeper_header *h = k->header;

	h->engine_code = info->si_code;
	h->engine_status = info->si_status;
	h->engine_end_ns = now_ns();
	if ((k->beat->flags & BEAT_STOPPING) ||
	    (info->si_code == CLD_KILLED &&
	     (info->si_status == SIGTERM || info->si_status == SIGINT)))
		h->flags |= KEEPER_STOPPING;
	h->engine_pid = 0;
	plan_next_engine(k);
}

/* SIGTERM reaches an engine only when it is ready: before, it would die of it. */
static void tell_engine(struct keeper *k)
{
	if (!k->header->engine_pid || !engine_ready(k))
		return;
	if (k->status_shown)
		hide_status(k);
	if (k->term_due)
		kill(k->header->engine_pid, SIGTERM);
	k->term_due = false;
}

/* ---- ends of processes ---- */

/* Only a slot whose process is our child: an orphan's pid may by now be anybody's. */
static struct keeper_slot *find_slot(struct keeper *k, pid_t pid)
{
	uint32_t used = k->beat->slots_used;

	if (used > KEEPER_SLOTS)
		used = KEEPER_SLOTS;
	for (uint32_t i = 0; i < used; i++) {
		struct keeper_slot *slot = &k->slots[i];

		if (slot->pid == pid && (slot->state == SLOT_INTENT || slot->state == SLOT_RUN) &&
		    !(slot->flags & SLOT_ORPHAN))
			return slot;
	}
	return NULL;
}

static void record_end(struct keeper_slot *slot, const siginfo_t *info, const struct rusage *usage)
{
	slot->code = info->si_code;
	slot->status = info->si_status;
	slot->exit_us = wall_us();
	slot->exit_ns = now_ns();
	slot->cpu_us = (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 +
		       (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
	slot->maxrss_kb = (uint64_t)usage->ru_maxrss;
	slot->state = SLOT_EXITED;
}

/* Record first, reap afterwards: until the reaping the pid belongs to nobody else. False when
 * nobody has ended. */
static bool take_end(struct keeper *k)
{
	siginfo_t info = {}, reaped;
	struct rusage usage = {};
	struct keeper_slot *slot;
	bool engine;

	if (syscall(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT, &usage) < 0 ||
	    !info.si_pid)
		return false;
	engine = info.si_pid == k->header->engine_pid;
	slot = engine ? NULL : find_slot(k, info.si_pid);
	if (slot)
		record_end(slot, &info, &usage);
	waitid(P_PID, (id_t)info.si_pid, &reaped, WEXITED | WNOHANG);
	if (engine)
		engine_ended(k, &info);
	else if (!slot)
		k->header->orphans_reaped++;
	k->news = true;
	return true;
}

/* At most so many a turn: a storm of ends must not keep the engine from being heard. True if there
 * may be more. */
static bool take_ends(struct keeper *k)
{
	for (int n = 0; n < ENDS_PER_TURN; n++)
		if (!take_end(k))
			return false;
	return true;
}

/* ---- orders of the engine ---- */

static void shelve(struct keeper *k, uint32_t index, int fd)
{
	int old = k->shelf[index];

	k->shelf[index] = fd;
	if (old > 0)
		close(old);
}

/* Same pid, same children, same descriptors; SIGCHLD stays blocked. If it fails, nothing has
 * happened. */
static void reexec(struct keeper *k, char *path)
{
	static char mark[] = "PMC_KEEPER=reexec", no_mark[] = "PMC_KEEPER=";
	char *args[] = {path, k->header->engine_path, (char *)(uintptr_t)k->shm_dir,
			(char *)(uintptr_t)k->home, NULL};

	fcntl(FD_KEEPER_CTL, F_SETFD, 0);
	fcntl(FD_KEEPER_SIG, F_SETFD, 0);
	putenv(mark); /* in the place main() has made for it */
	execv(path, args);
	putenv(no_mark);
	fcntl(FD_KEEPER_CTL, F_SETFD, FD_CLOEXEC);
	fcntl(FD_KEEPER_SIG, F_SETFD, FD_CLOEXEC);
}

static void upgrade(struct keeper *k, const char *path)
{
	struct keeper_header *h = k->header;

	memcpy(h->engine_prev, h->engine_path, sizeof(h->engine_prev));
	memcpy(h->engine_path, path, sizeof(h->engine_path));
	h->failed_starts = 0;
	k->upgrading = h->engine_pid != 0;
	if (h->engine_pid)
		kill(h->engine_pid, SIGKILL);
}

static bool is_path(const char *path, size_t cap)
{
	return path[0] == '/' && memchr(path, '\0', cap);
}

/* True if the descriptor that came along is now on the shelf. What makes no sense is ignored. */
static bool obey(struct keeper *k, struct keeper_message *msg, int fd)
{
	struct keeper_header *h = k->header;

	switch ((enum keeper_op)msg->op) {
	case KEEPER_PUT:
	case KEEPER_DROP:
		if (msg->index >= KEEPER_FDS)
			return false;
		shelve(k, msg->index, msg->op == KEEPER_PUT && fd >= 0 ? fd : 0);
		return msg->op == KEEPER_PUT;
	case KEEPER_UPGRADE:
		if (is_path(msg->path, sizeof(msg->path)))
			upgrade(k, msg->path);
		return false;
	case KEEPER_REEXEC:
		if (is_path(msg->path, sizeof(msg->path)))
			reexec(k, msg->path);
		return false;
	case KEEPER_WATCH:
		h->watch_ms = msg->number < MAX_WATCH_MS ? (uint32_t)msg->number : MAX_WATCH_MS;
		k->watch_from_ns = now_ns();
		return false;
	case KEEPER_CALM:
		h->failed_starts = 0;
		h->safe_since_us = 0;
		h->flags &= ~(uint32_t)KEEPER_SAFE;
		return false;
	case KEEPER_STOP:
		k->ending = true;
		k->end_code = (int)(msg->number & 0xff);
		return false;
	}
	return false;
}

/* One message; false when there is none. MSG_CTRUNC: our descriptor table is full. */
static bool take_message(struct keeper *k)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct keeper_message msg;
	struct iovec iov = {.iov_base = &msg, .iov_len = sizeof(msg)};
	struct msghdr hdr = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(FD_KEEPER_CTL, &hdr, MSG_DONTWAIT);
	struct cmsghdr *cmsg = n >= 0 ? CMSG_FIRSTHDR(&hdr) : NULL;
	int fd = -1;

	if (n < 0)
		return errno == EINTR;
	if (cmsg && cmsg->cmsg_type == SCM_RIGHTS && cmsg->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	if (hdr.msg_flags & MSG_CTRUNC) {
		k->header->fds_lost++;
		k->news = true;
	}
	if (n != sizeof(msg) || (hdr.msg_flags & MSG_TRUNC) || !obey(k, &msg, fd))
		if (fd >= 0)
			close(fd);
	return true;
}

/* ---- the watchdog ---- */

/* Stopped or traced by a person: a heart that stands still means nothing. */
static bool engine_stopped(const struct keeper *k)
{
	char path[32], stat[512], *state;

	snprintf(path, sizeof(path), "/proc/%d/stat", k->header->engine_pid);
	if (read_small(path, stat, sizeof(stat)) <= 0)
		return true; /* not known: ask again later */
	state = strrchr(stat, ')');
	return state && state[1] == ' ' && (state[2] == 'T' || state[2] == 't');
}

static uint64_t watch_due_ns(const struct keeper *k)
{
	if (!k->header->watch_ms || !k->header->engine_pid)
		return NEVER;
	return max_u64(k->watch_from_ns, k->beat->heartbeat_ns) + k->header->watch_ms * MS;
}

/* Two looks, the second an eighth of the time later: after a SIGCONT, or when the whole machine was
 * frozen, the engine gets its turn first. SIGABRT leaves a core; one that does not die of it is
 * killed. */
static void check_heart(struct keeper *k)
{
	uint64_t now = now_ns(), watch = k->header->watch_ms * MS;

	if (k->beat->heartbeat_ns > k->watch_from_ns)
		k->suspect = false;
	if (now < watch_due_ns(k))
		return;
	k->watch_from_ns = now;
	if (engine_stopped(k)) {
		k->suspect = false;
	} else if (!k->suspect) {
		k->suspect = true;
		k->watch_from_ns = now - watch + watch / 8;
	} else {
		kill(k->header->engine_pid, k->hung ? SIGKILL : SIGABRT);
		k->hung = true;
		k->suspect = false;
	}
}

/* ---- the loop ---- */

static void take_signals(struct keeper *k)
{
	struct signalfd_siginfo info[8];
	ssize_t n = read(FD_KEEPER_SIG, info, sizeof(info));

	for (size_t i = 0; n > 0 && i < (size_t)n / sizeof(info[0]); i++) {
		if (info[i].ssi_signo == SIGCHLD)
			continue;
		k->header->flags |= KEEPER_STOPPING;
		k->term_due = true;
	}
}

static int pause_ms(const struct keeper *k)
{
	uint64_t now = now_ns(), at = k->header->engine_pid ? watch_due_ns(k) : k->start_at_ns;

	if (k->header->engine_pid && (k->term_due || k->status_shown) && !engine_ready(k))
		at = at < now + 20 * MS ? at : now + 20 * MS;
	if (at == NEVER)
		return -1;
	return at > now ? (int)((at - now + MS - 1) / MS) : 0;
}

/* The order matters: ends first, then what a dead engine had still sent, and only then the next
 * engine. */
static int run(struct keeper *k)
{
	struct pollfd fds[] = {{.fd = FD_KEEPER_SIG, .events = POLLIN},
			       {.fd = FD_KEEPER_CTL, .events = POLLIN}};

	for (;;) {
		bool more = take_ends(k);

		while (take_message(k))
			;
		if (k->ending && !k->header->engine_pid)
			return k->end_code;
		if (!k->header->engine_pid && now_ns() >= k->start_at_ns)
			start_engine(k);
		if (k->news && eventfd_write(FD_EVENT, 1) == 0)
			k->news = false;
		tell_engine(k);
		check_heart(k);
		poll(fds, 2, more ? 0 : pause_ms(k));
		take_signals(k);
	}
}

/* ---- start and end ---- */

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
	fd = openat(FD_SHM_DIR, TABLE_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || pread(fd, &h, sizeof(h), 0) != sizeof(h))
		return fail("lock");
	dprintf(2, "pmc-keeper: already running, pid %d\n", h.keeper_pid);
	return -1;
}

static enum start how_started(void)
{
	const char *mark = getenv("PMC_KEEPER");

	if (mark && !strcmp(mark, "adopt"))
		return START_ADOPT;
	return mark && !strcmp(mark, "reexec") ? START_REEXEC : START_FRESH;
}

static int set_up(struct keeper *k, enum start start, char **argv)
{
	static char no_mark[] = "PMC_KEEPER=";

	if (check_inheritance() < 0)
		return -1;
	occupy_low_numbers();
	if (start == START_FRESH)
		close_range(FD_FIRST, ~0U, 0);
	if (open_table(k, start) < 0 || open_channels(start) < 0)
		return -1;
	fcntl(FD_LOCK, F_SETFD, 0);
	fcntl(FD_SHM_DIR, F_SETFD, 0);
	if (start != START_REEXEC)
		take_over(k, start);
	if (start == START_FRESH) {
		snprintf(k->header->engine_path, sizeof(k->header->engine_path), "%s", argv[1]);
		if (argv[4] && !strcmp(argv[4], "--foreground"))
			k->header->flags |= KEEPER_FOREGROUND;
	}
	prepare_process(k, start);
	k->term_due = flagged(k, KEEPER_STOPPING);
	k->watch_from_ns = now_ns();
	k->status_shown = true; /* perhaps, of an earlier keeper */
	k->news = true;
	setenv("PMC_HOME", k->home, 1); /* keeper_link_become() needs it */
	putenv(no_mark);
	return 0;
}

int main(int argc, char **argv)
{
	struct keeper k = {};
	int code;

	if (argc == 2 && !strcmp(argv[1], "--check"))
		return printf("pmc-keeper abi %d\n", KEEPER_ABI) < 0;
	if (argc < 4 || argv[1][0] != '/' || strlen(argv[1]) >= sizeof(k.header->engine_path)) {
		dprintf(2, "usage: pmc-keeper ENGINE_PATH SHM_DIR HOME [--foreground]\n");
		return 2;
	}
	k.shm_dir = argv[2];
	k.home = argv[3];
	if (set_up(&k, how_started(), argv) < 0)
		return 1;
	code = run(&k);
	hide_status(
		&k); /* an orderly end leaves nothing that could be taken for a table to adopt */
	unlinkat(FD_SHM_DIR, TABLE_NAME, 0);
	rmdir(k.shm_dir);
	return code;
}
