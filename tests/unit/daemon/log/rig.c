#include "rig.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/fdio.h"

#define DEADLINE_MS 30000
#define TICK_MS 2

#define must(what)                                                                                 \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			fprintf(stderr, "rig: %s: %s\n", #what, strerror(errno));                  \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

void rig_setup(struct rig *rig)
{
	*rig = (struct rig){.dir = "/tmp/pmc-log-XXXXXX"};
	must(mkdtemp(rig->dir));
	snprintf(rig->shm_dir, sizeof(rig->shm_dir), "/dev/shm/%s", rig->dir + 5);
	must(mkdir(rig->shm_dir, 0700) == 0);
	rig->shm_fd = open(rig->shm_dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	must(rig->shm_fd >= 0);
	rig->state = mmap(NULL, sizeof(*rig->state) * RIG_STREAMS, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(rig->state != MAP_FAILED);
	for (int i = 0; i < RIG_STREAMS; i++)
		must(log_pipe(0, &rig->ours[i], &rig->apps[i], NULL) == 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void rig_teardown(struct rig *rig)
{
	for (int i = 0; i < RIG_STREAMS; i++) {
		close(rig->ours[i]);
		close(rig->apps[i]);
	}
	munmap(rig->state, sizeof(*rig->state) * RIG_STREAMS);
	close(rig->shm_fd);
	nftw(rig->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	nftw(rig->shm_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *rig_path(const struct rig *rig, const char *name)
{
	static char paths[4][256];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", rig->dir, name);
	return path;
}

static void on_notice(void *owner, void *tag, int event, const char *detail)
{
	struct rig *rig = owner;

	must(rig->notices < RIG_NOTICES);
	rig->notice[rig->notices] = event;
	snprintf(rig->notice_text[rig->notices++], sizeof(rig->notice_text[0]), "%s",
		 detail ? detail : "");
}

static void on_deadline(uv_timer_t *timer)
{
	fprintf(stderr, "rig: waited too long\n");
	abort();
}

/* So that a turn of the loop ends although nothing came: files are looked at in between. */
static void on_tick(uv_timer_t *timer)
{
}

void rig_engine_start(struct rig *rig)
{
	struct log_callbacks callbacks = {.on_notice = on_notice, .owner = rig};

	must(uv_loop_init(&rig->loop) == 0);
	handles_init(&rig->handles, &rig->loop);
	handles_timer(&rig->handles, &rig->deadline, rig);
	uv_timer_start(&rig->deadline, on_deadline, DEADLINE_MS, 0);
	handles_timer(&rig->handles, &rig->tick, rig);
	uv_timer_start(&rig->tick, on_tick, TICK_MS, TICK_MS);
	rig->log = log_create(&rig->handles, rig->shm_fd, &callbacks);
	must(rig->log);
}

static void on_closed(void *owner)
{
	struct rig *rig = owner;

	rig->done = true;
}

void rig_engine_stop(struct rig *rig)
{
	log_destroy(rig->log, 5000);
	handles_close(&rig->handles, on_closed, rig);
	while (uv_run(&rig->loop, UV_RUN_DEFAULT))
		;
	must(uv_loop_close(&rig->loop) == 0);
	memset(rig->stream, 0, sizeof(rig->stream));
}

struct log_config rig_config(const struct rig *rig, const char *name)
{
	return (struct log_config){
		.path = {rig_path(rig, name)}, .uid = (uid_t)-1, .gid = (gid_t)-1};
}

void rig_open(struct rig *rig, int n, const struct log_config *config)
{
	rig->stream[n] =
		log_stream_open(rig->log, n / 2, n % 2, rig->ours[n], &rig->state[n], config, NULL);
}

void rig_say_bytes(struct rig *rig, int n, const void *bytes, size_t len)
{
	must(fdio_write_all(rig->apps[n], bytes, len) == 0);
}

void rig_say(struct rig *rig, int n, const char *text)
{
	rig_say_bytes(rig, n, text, strlen(text));
}

static void on_done(void *owner)
{
	*(bool *)owner = true;
}

static void run_until(struct rig *rig, const bool *done)
{
	while (!*done)
		uv_run(&rig->loop, UV_RUN_ONCE);
}

void rig_drain(struct rig *rig, int n)
{
	bool done = false;

	log_stream_drain(rig->stream[n], on_done, &done);
	run_until(rig, &done);
}

void rig_close(struct rig *rig, int n)
{
	bool done = false;

	log_stream_close(rig->stream[n], on_done, &done);
	run_until(rig, &done);
	rig->stream[n] = NULL;
}

void rig_flush(struct rig *rig, const char *path)
{
	bool done = false;

	log_flush(rig->log, path, on_done, &done);
	run_until(rig, &done);
}

int rig_count_notices(const struct rig *rig, int event)
{
	int count = 0;

	for (int i = 0; i < rig->notices; i++)
		count += rig->notice[i] == event;
	return count;
}

void rig_wait_notice(struct rig *rig, int event, int count)
{
	while (rig_count_notices(rig, event) < count)
		uv_run(&rig->loop, UV_RUN_ONCE);
}

const char *rig_last_notice(const struct rig *rig, int event)
{
	for (int i = rig->notices - 1; i >= 0; i--) {
		if (rig->notice[i] == event)
			return rig->notice_text[i];
	}
	return "";
}

void rig_turn(struct rig *rig)
{
	uv_run(&rig->loop, UV_RUN_ONCE);
}

void rig_wait_size(struct rig *rig, const char *path, size_t size)
{
	struct stat st;

	while (stat(path, &st) < 0 || (size_t)st.st_size < size)
		rig_turn(rig);
}

void rig_read(const char *path, struct str *out)
{
	str_clear(out);
	must(fdio_read_file(AT_FDCWD, path, 1u << 30, out, NULL) >= 0);
}
