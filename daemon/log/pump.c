#include "daemon/log/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "daemon/log/format.h"
#include "daemon/log/pump_order.h"
#include "daemon/log/sink_file.h"
#include "daemon/log/stream.h"
#include "shared/base/clock.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"

#define EVENTS 64
#define ORDERS_AT_ONCE 512 /* more do not wait for the end of a turn of the loop */
#define STACK_BYTES (256 * 1024)
#define SLACK_NS 10000ul /* pauses are short */

struct pump *pump_create(struct pump_shared *shared, unsigned long mount)
{
	struct pump *pump = mem_zalloc(sizeof(*pump));

	pump->shared = shared;
	pump->mount = mount;
	pump->ready_last = &pump->ready;
	pump->epoll_fd = pump->wake_fd = pump->null_fd = pump->scratch[0] = pump->scratch[1] = -1;
	job_queue_init(&pump->jobs);
	return pump;
}

/* A write to an eventfd does not fail, but if it does, an order must not lie there unseen. */
void pump_ring(struct pump *pump)
{
	uint64_t one = 1;

	if (!pump->started || pump->unrung == 0)
		return;
	pump->unrung = 0;
	for (int tries = 0; tries < 3 && write(pump->wake_fd, &one, sizeof(one)) < 0; tries++)
		continue;
}

void pump_send(struct pump *pump, struct job *job)
{
	job_queue_push(&pump->jobs, job);
	if (++pump->unrung >= ORDERS_AT_ONCE)
		pump_ring(pump);
}

void pump_ready(struct pump *pump, struct stream *stream)
{
	if (stream->is_ready)
		return;
	stream->is_ready = true;
	stream->next_ready = NULL;
	*pump->ready_last = stream;
	pump->ready_last = &stream->next_ready;
}

bool pump_arm(struct pump *pump, struct stream *stream)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.ptr = stream};

	if (epoll_ctl(pump->epoll_fd, EPOLL_CTL_MOD, stream->pipe_fd, &event) == 0)
		return true;
	return errno == ENOENT &&
	       epoll_ctl(pump->epoll_fd, EPOLL_CTL_ADD, stream->pipe_fd, &event) == 0;
}

void pump_wake_at(struct pump *pump, struct stream *stream, uint64_t ns)
{
	if (ns && !stream->wake_ns) {
		stream->next_timed = pump->timed;
		stream->prev_timed = &pump->timed;
		if (pump->timed)
			pump->timed->prev_timed = &stream->next_timed;
		pump->timed = stream;
	} else if (!ns && stream->wake_ns) {
		*stream->prev_timed = stream->next_timed;
		if (stream->next_timed)
			stream->next_timed->prev_timed = stream->prev_timed;
	}
	stream->wake_ns = ns;
}

void pump_ready_file(struct pump *pump, const struct sink_file *file)
{
	for (struct stream *stream = pump->streams; stream; stream = stream->next) {
		for (int i = 0; i < LOG_SINKS; i++) {
			if (stream->sink[i].file == file)
				pump_ready(pump, stream);
		}
	}
}

void pump_add(struct pump *pump, struct stream *stream)
{
	stream->next = pump->streams;
	pump->streams = stream;
}

void pump_remove(struct pump *pump, struct stream *stream)
{
	epoll_ctl(pump->epoll_fd, EPOLL_CTL_DEL, stream->pipe_fd, NULL);
	pump_wake_at(pump, stream, 0);
	for (struct stream **at = &pump->streams; *at; at = &(*at)->next) {
		if (*at == stream) {
			*at = stream->next;
			break;
		}
	}
	for (struct stream **at = &pump->ready; *at; at = &(*at)->next_ready) {
		if (*at == stream) {
			*at = stream->next_ready;
			break;
		}
	}
	pump->ready_last = &pump->ready;
	while (*pump->ready_last)
		pump->ready_last = &(*pump->ready_last)->next_ready;
}

char *pump_window(struct pump *pump)
{
	if (!pump->window)
		pump->window = mem_resize(NULL, FORMAT_WINDOW, 1);
	return pump->window;
}

/* From here to end_turn() the file system may keep us for ever: hang looks at that. */
static void begin_turn(struct pump *pump, struct stream *stream, uint64_t now_ns)
{
	struct pump_shared *shared = pump->shared;

	atomic_store(&pump->turn, stream);
	atomic_store(&pump->turn_ns, now_ns);
	if (!atomic_load(&shared->watched) && !atomic_exchange(&shared->watched, true))
		shared->watch(shared);
}

static void end_turn(struct pump *pump)
{
	atomic_store(&pump->turn_ns, 0);
}

/* Also when it was not for them that the thread woke: what an app says after an order was given is
 * moved as ordered. */
static void carry_out_all(struct pump *pump)
{
	struct job *next;

	for (struct job *job = job_queue_take(&pump->jobs); job; job = next) {
		next = job->next;
		begin_turn(pump, job->stream, clock_now_ns());
		pump_order_carry_out(pump, job);
		end_turn(pump);
	}
}

/* Nanoseconds until somebody wants a turn; -1: nobody does. */
static int64_t time_left(const struct pump *pump, uint64_t now_ns)
{
	uint64_t wake_ns = 0;

	if (pump->ready)
		return 0;
	for (const struct stream *stream = pump->timed; stream; stream = stream->next_timed) {
		if (!wake_ns || stream->wake_ns < wake_ns)
			wake_ns = stream->wake_ns;
	}
	if (!wake_ns)
		return -1;
	return wake_ns > now_ns ? (int64_t)(wake_ns - now_ns) : 0;
}

static int wait_events(struct pump *pump, struct epoll_event *events)
{
	int64_t left_ns = time_left(pump, clock_now_ns());
	struct timespec left = {.tv_sec = left_ns / 1000000000, .tv_nsec = left_ns % 1000000000};
	int n;

	if (!pump->no_pwait2) {
		n = epoll_pwait2(pump->epoll_fd, events, EVENTS, left_ns < 0 ? NULL : &left, NULL);
		if (n >= 0 || errno != ENOSYS)
			return n;
		pump->no_pwait2 = true; /* before Linux 5.11 */
	}
	return epoll_wait(pump->epoll_fd, events, EVENTS,
			  left_ns < 0 ? -1 : (int)((left_ns + 999999) / 1000000));
}

static void wake_due(struct pump *pump, uint64_t now_ns)
{
	for (struct stream *stream = pump->timed; stream; stream = stream->next_timed) {
		if (stream->wake_ns <= now_ns)
			pump_ready(pump, stream);
	}
}

/* One turn for each that is ready now; who becomes ready meanwhile has his in the next round. */
static void run_ready(struct pump *pump)
{
	struct stream *last =
		pump->ready ? container_of(pump->ready_last, struct stream, next_ready) : NULL;

	while (last && pump->ready) {
		struct stream *stream = pump->ready;
		bool is_last = stream == last;

		pump->ready = stream->next_ready;
		if (!pump->ready)
			pump->ready_last = &pump->ready;
		stream->is_ready = false;
		begin_turn(pump, stream, clock_now_ns());
		stream_step(stream, atomic_load(&pump->turn_ns));
		end_turn(pump);
		if (is_last)
			break;
	}
}

static void *run(void *arg)
{
	struct pump *pump = arg;
	struct epoll_event events[EVENTS];

	prctl(PR_SET_NAME, "pmcd-log");
	prctl(PR_SET_TIMERSLACK, SLACK_NS);
	while (!pump->quit) {
		int n = wait_events(pump, events);
		uint64_t rung;

		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr)
				pump_ready(pump, events[i].data.ptr);
			else
				(void)!read(pump->wake_fd, &rung, sizeof(rung));
		}
		carry_out_all(pump);
		wake_due(pump, clock_now_ns());
		run_ready(pump);
	}
	return NULL;
}

/* The thread gets no signal but those of its own mistakes; a full file or a closed fifo is an errno
 * for it. */
static int start_thread(struct pump *pump)
{
	static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	pthread_attr_t attr;
	sigset_t all, before;
	int r;

	sigfillset(&all);
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		sigdelset(&all, own[i]);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	r = pthread_create(&pump->thread, &attr, run, pump);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return -r;
}

static void close_fds(struct pump *pump)
{
	fdio_closep(&pump->epoll_fd);
	fdio_closep(&pump->wake_fd);
	fdio_closep(&pump->null_fd);
	fdio_closep(&pump->scratch[0]);
	fdio_closep(&pump->scratch[1]);
}

static int open_fds(struct pump *pump)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};

	pump->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	pump->wake_fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK); /* orders are waiting already */
	pump->null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (pump->epoll_fd < 0 || pump->wake_fd < 0 || pump->null_fd < 0 ||
	    epoll_ctl(pump->epoll_fd, EPOLL_CTL_ADD, pump->wake_fd, &event) < 0)
		return -errno;
	return 0;
}

int pump_start(struct pump *pump)
{
	int r = open_fds(pump);

	if (r == 0)
		r = start_thread(pump);
	if (r < 0)
		close_fds(pump);
	pump->started = r == 0;
	return r;
}

static bool join(struct pump *pump, int timeout_ms)
{
	int64_t until_ms = clock_now_ms() + timeout_ms;
	struct timespec until = {until_ms / 1000, until_ms % 1000 * 1000000};

	return pthread_clockjoin_np(pump->thread, NULL, CLOCK_MONOTONIC, &until) == 0;
}

bool pump_quit(struct pump *pump, int timeout_ms)
{
	if (!pump->started)
		return true;
	pump_send(pump, job_create(JOB_QUIT, NULL, NULL, NULL));
	pump_ring(pump);
	if (join(pump, timeout_ms))
		return true;
	pthread_detach(pump->thread);
	return false;
}

void pump_destroy(struct pump *pump)
{
	while (pump->files) {
		struct sink_file *file = pump->files;

		file->users = 1;
		sink_file_put(&pump->files, file);
	}
	job_queue_done(&pump->jobs);
	close_fds(pump);
	free(pump->window);
	str_done(&pump->text);
	free(pump);
}
