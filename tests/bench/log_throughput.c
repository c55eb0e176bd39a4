/* log_throughput: how fast the pump moves what an app writes, and for how much CPU, beside the
 * least programs that do the same: `splice` and `read` + `write`, pipe to file, until end-of-file.
 *
 *     log_throughput [FOLDER] [MIB]        (a folder on the disk in question; default /tmp, 256
 * MiB)
 *
 * Prints the median of five runs each, taken in turns. The CPU is that of the moving process alone,
 * not of the writer. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "daemon/log/log.h"
#include "daemon/loop/handles.h"
#include "shared/base/fdio.h"
#include "shared/base/mem.h"

#define RUNS 5
#define CHUNK (1u << 20)
#define PIPE_BYTES (256 << 10)

struct figure {
	double mib_s, cpu_s;
};

enum mover { SPLICE, READ_WRITE, PUMP, MOVERS };

static const char *const mover_names[] = {"splice", "read+write", "pump"};

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

_Noreturn static void die(const char *what)
{
	perror(what);
	exit(1);
}

static pid_t start_writer(int fd, size_t total, size_t piece)
{
	static char buf[65536];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	memset(buf, 'x', sizeof(buf));
	for (size_t i = 99; i < sizeof(buf); i += 100)
		buf[i] = '\n';
	for (size_t done = 0; done < total; done += piece) {
		if (fdio_write_all(fd, buf, total - done < piece ? total - done : piece) < 0)
			_exit(1);
	}
	_exit(0);
}

static void move_by_splice(int in, int out)
{
	ssize_t n;

	do
		n = splice(in, NULL, out, NULL, CHUNK, 0);
	while (n > 0);
	_exit(n < 0);
}

static void move_by_read_write(int in, int out)
{
	static char buf[65536];
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0) {
		if (fdio_write_all(out, buf, (size_t)n) < 0)
			_exit(1);
	}
	_exit(n < 0);
}

static void on_notice(void *owner, void *tag, int event, const char *detail)
{
	fprintf(stderr, "notice %d: %s\n", event, detail);
}

static void on_end(void *owner)
{
	_exit(0);
}

struct engine {
	uv_poll_t ended;
	struct log_stream *stream;
};

/* The writer's end: the lock of this pipe is gone. Then what is left is drained. */
static void on_writer_ended(uv_poll_t *poll, int status, int events)
{
	struct engine *engine = poll->data;

	uv_poll_stop(poll);
	log_stream_drain(engine->stream, on_end, NULL);
}

static void move_by_pump(int ours, int ended_fd, const char *path)
{
	struct log_callbacks callbacks = {.on_notice = on_notice};
	struct log_config config = {.path = {path}, .uid = (uid_t)-1, .gid = (gid_t)-1};
	static struct log_stream_state state;
	struct engine engine;
	struct handles handles;
	uv_loop_t loop;
	int shm = open("/dev/shm", O_DIRECTORY | O_CLOEXEC);

	uv_loop_init(&loop);
	handles_init(&handles, &loop);
	struct log *log = log_create(&handles, shm, &callbacks);

	engine.stream = log_stream_open(log, getpid(), 0, ours, &state, &config, NULL);
	handles_poll(&handles, &engine.ended, ended_fd, &engine);
	uv_poll_start(&engine.ended, UV_READABLE | UV_DISCONNECT, on_writer_ended);
	uv_run(&loop, UV_RUN_DEFAULT);
	_exit(1);
}

/* Make both processes, let them run, and say how long it took and what the mover used. */
static struct figure run_once(enum mover mover, const char *path, size_t total, size_t piece)
{
	int pipe_fds[2], ended[2], status, ours, apps;
	struct rusage usage;
	double begin = now_s(), took;
	pid_t pid, writer;

	unlink(path);
	if (pipe2(pipe_fds, O_CLOEXEC) < 0 || pipe2(ended, O_CLOEXEC) < 0 ||
	    log_pipe(0, &ours, &apps, NULL) < 0)
		die("pipe");
	(void)fcntl(pipe_fds[0], F_SETPIPE_SZ, PIPE_BYTES); /* as the pump's */
	pid = fork();
	if (pid == 0) {
		int out = mover == PUMP ? -1 : open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		close(pipe_fds[1]);
		close(ended[1]);
		if (mover == SPLICE)
			move_by_splice(pipe_fds[0], out);
		if (mover == READ_WRITE)
			move_by_read_write(pipe_fds[0], out);
		move_by_pump(ours, ended[0], path);
	}
	writer = start_writer(mover == PUMP ? apps : pipe_fds[1], total, piece);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	close(ended[0]);
	close(ended[1]);
	close(ours);
	close(apps);
	if (waitpid(writer, &status, 0) != writer || status != 0 ||
	    wait4(pid, &status, 0, &usage) != pid || status != 0)
		die("a process failed");
	took = now_s() - begin;

	struct stat st;

	/* the pump ends an unfinished line */
	if (stat(path, &st) < 0 || (size_t)st.st_size < total || (size_t)st.st_size > total + 1)
		die("the file is not complete");
	unlink(path);
	return (struct figure){
		.mib_s = (double)total / 1048576 / took,
		.cpu_s = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
	};
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(struct figure *figures, bool cpu)
{
	double values[RUNS];

	for (int i = 0; i < RUNS; i++)
		values[i] = cpu ? figures[i].cpu_s : figures[i].mib_s;
	qsort(values, RUNS, sizeof(values[0]), compare);
	return values[RUNS / 2];
}

static void measure(const char *path, size_t total, size_t piece)
{
	struct figure figures[MOVERS][RUNS];
	double speed[MOVERS], cpu[MOVERS];

	for (int run = 0; run < RUNS; run++) {
		for (int mover = 0; mover < MOVERS; mover++)
			figures[mover][run] = run_once((enum mover)mover, path, total, piece);
	}
	printf("writes of %zu bytes, %zu MiB\n", piece, total >> 20);
	for (int mover = 0; mover < MOVERS; mover++) {
		speed[mover] = median(figures[mover], false);
		cpu[mover] = median(figures[mover], true);
		printf("  %-10s %7.0f MiB/s  %6.3f s CPU\n", mover_names[mover], speed[mover],
		       cpu[mover]);
	}
	printf("  pump: %.2f x splice (reach 0.9), %.2f x read+write (reach 0.8), %.2f x the CPU "
	       "of splice (reach 1.3)\n",
	       speed[PUMP] / speed[SPLICE], speed[PUMP] / speed[READ_WRITE],
	       cpu[PUMP] / cpu[SPLICE]);
}

int main(int argc, char **argv)
{
	size_t total = (argc > 2 ? strtoul(argv[2], NULL, 10) : 256) << 20;
	_cleanup_(mem_freep) char *path =
		mem_printf("%s/log-throughput-%d", argc > 1 ? argv[1] : "/tmp", (int)getpid());

	measure(path, total, 65536);
	measure(path, total / 2, 100);
	return 0;
}
