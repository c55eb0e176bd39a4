/* pmc-keeper: parent of every app, holder of their descriptors, and who starts pmcd again.
 *
 *	pmc-keeper ENGINE_PATH SHM_DIR HOME [--foreground]
 *	pmc-keeper --check		prints "pmc-keeper abi N"
 *
 * Descriptor 6 is HOME/run/lock, flocked; 9 is SHM_DIR, opened. It is executed by pmcd
 * (daemon/launch.c), by the engine of a dead keeper in its own process (PMC_KEEPER=adopt,
 * daemon/keeper/keeper_link.c), or by itself (PMC_KEEPER=reexec).
 *
 * It makes no app (the engine does, with CLONE_PARENT), parses nothing, allocates nothing after
 * keeper_start(), touches only tmpfs, and waits in poll() alone. Three things happen to it:
 *
 * - A child ended: recorded in its slot first, then reaped. Who dies in between loses nothing.
 * - The engine sent a message: a descriptor for the shelf, or one of a few orders.
 * - The engine ended: the next one is forked, at once or after the pause of plan_next_engine().
 *
 * The engine inherits 3 to 6, 9 and the whole shelf under the same numbers. SIGHUP and SIGPIPE are
 * ignored here, and there until the engine installs its own handlers. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/keeper/keeper_start.h"
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
#define ENDS_PER_TURN 256 /* a storm of ends must not keep the engine from being heard */

#define STATUS_NAME "status"

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

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

static uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static bool flagged(const struct keeper *k, uint32_t flag)
{
	return k->header->flags & flag;
}

/* Has this engine stored `ready_ns`? What an earlier one stored lies before this one's fork. */
static bool engine_ready(const struct keeper *k)
{
	return k->beat->ready_ns >= k->header->engine_fork_ns;
}

/* ---- the status line: what `pmc ping` shows when nobody answers ---- */

static void show_status(struct keeper *k)
{
	const struct keeper_header *h = k->header;
	bool by_signal = h->engine_code != CLD_EXITED;
	char line[160];
	int fd, n;

	n = snprintf(line, sizeof(line), "%spmcd failed %u time%s, last %s %d%s\n",
		     flagged(k, KEEPER_SAFE) ? "safe mode: " : "", h->failed_starts,
		     h->failed_starts == 1 ? "" : "s", by_signal ? "by signal" : "with exit code",
		     h->engine_status,
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
	keeper_start_oom_score("-900");
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
		h->safe_since_us = clock_ns(CLOCK_REALTIME) / 1000;
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

/* A wish to end that it had heard, or died of before it could listen, passes to the next one. */
static void engine_ended(struct keeper *k, const siginfo_t *info)
{
	struct keeper_header *h = k->header;

	h->engine_code = info->si_code;
	h->engine_status = info->si_status;
	h->engine_end_ns = now_ns();
	h->flags = k->hung ? h->flags | KEEPER_HUNG : h->flags & ~(uint32_t)KEEPER_HUNG;
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
	slot->exit_us = clock_ns(CLOCK_REALTIME) / 1000;
	slot->exit_ns = now_ns();
	slot->cpu_us = (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 +
		       (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
	slot->maxrss_kb = (uint64_t)usage->ru_maxrss;
	slot->state = SLOT_EXITED;
}

/* Record first, reap afterwards: till then the pid belongs to nobody else. False: nobody ended. */
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

/* ---- orders of the engine ---- */

static void shelve(struct keeper *k, uint32_t index, int fd)
{
	int old = k->shelf[index];

	k->shelf[index] = fd;
	if (old > 0)
		close(old);
}

/* Same pid, children and descriptors; SIGCHLD stays blocked. If it fails, nothing has happened. */
static void reexec(struct keeper *k, char *path)
{
	static char mark[] = "PMC_KEEPER=reexec", no_mark[] = "PMC_KEEPER=";
	char *args[] = {path, k->header->engine_path, (char *)(uintptr_t)k->shm_dir,
			(char *)(uintptr_t)k->home, NULL};

	fcntl(FD_KEEPER_CTL, F_SETFD, 0);
	fcntl(FD_KEEPER_SIG, F_SETFD, 0);
	putenv(mark); /* in the place that begin() has made */
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
	if (keeper_start_read(path, stat, sizeof(stat)) <= 0)
		return true; /* not known: ask again later */
	state = strrchr(stat, ')');
	return state && state[1] == ' ' && (state[2] == 'T' || state[2] == 't');
}

static uint64_t watch_due_ns(const struct keeper *k)
{
	uint64_t from = k->watch_from_ns, heart = k->beat->heartbeat_ns;

	if (!k->header->watch_ms || !k->header->engine_pid)
		return NEVER;
	return (heart > from ? heart : from) + k->header->watch_ms * MS;
}

/* Two looks, the second an eighth of the time later: after a SIGCONT, or a freeze of the whole
 * machine, the engine gets its turn. SIGABRT leaves a core; what does not die of it is killed. */
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

/* The order matters: ends, then what a dead engine had still sent, only then the next engine. */
static int run(struct keeper *k)
{
	struct pollfd fds[] = {{.fd = FD_KEEPER_SIG, .events = POLLIN},
			       {.fd = FD_KEEPER_CTL, .events = POLLIN}};

	for (;;) {
		int ends = 0;

		while (ends < ENDS_PER_TURN && take_end(k))
			ends++;
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
		poll(fds, 2, ends < ENDS_PER_TURN ? pause_ms(k) : 0);
		take_signals(k);
	}
}

static int begin(struct keeper *k, char **argv)
{
	static char no_mark[] = "PMC_KEEPER=";
	struct keeper_start start;

	if (keeper_start(&start, argv) < 0)
		return -1;
	*k = (struct keeper){.header = start.header,
			     .beat = start.beat,
			     .slots = start.slots,
			     .shelf = start.shelf,
			     .shm_dir = argv[2],
			     .home = argv[3],
			     .watch_from_ns = now_ns(),
			     .term_due = start.header->flags & KEEPER_STOPPING,
			     .status_shown = true, /* perhaps, by the keeper before */
			     .news = true};
	setenv("PMC_HOME", k->home, 1); /* keeper_link_become() needs it */
	putenv(no_mark);		/* the place for reexec() */
	return 0;
}

int main(int argc, char **argv)
{
	struct keeper k;
	int code;

	if (argc == 2 && !strcmp(argv[1], "--check"))
		return printf("pmc-keeper abi %d\n", KEEPER_ABI) < 0;
	if (argc < 4 || argv[1][0] != '/' || strlen(argv[1]) >= sizeof(k.header->engine_path)) {
		dprintf(2, "usage: pmc-keeper ENGINE_PATH SHM_DIR HOME [--foreground]\n");
		return 2;
	}
	if (begin(&k, argv) < 0)
		return 1;
	code = run(&k);
	hide_status(&k); /* an orderly end leaves nothing that looks like a table to adopt */
	unlinkat(FD_SHM_DIR, KEEPER_TABLE_NAME, 0);
	rmdir(k.shm_dir);
	return code;
}
