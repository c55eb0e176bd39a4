#include "daemon/log/pump_order.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/log/pump.h"
#include "daemon/log/sink_file.h"
#include "daemon/log/sink_open.h"
#include "daemon/log/stream.h"
#include "shared/base/clock.h"
#include "shared/base/fdio.h"

/* Empty the file at `path`; there is room now, so whoever was stuck tries again. */
static void flush_path(struct pump *pump, const char *path)
{
	_cleanup_(fdio_closep) int fd = -1;
	struct sink_file *file = pump->files;
	struct stat st;

	while (file && strcmp(file->path, path) != 0)
		file = file->next;
	if (file && file->fd >= 0) {
		if (file->regular)
			sink_file_empty(file);
	} else if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
		fd = sink_open(path, (uid_t)-1, (gid_t)-1, &st);
		if (fd >= 0 && S_ISREG(st.st_mode))
			(void)!ftruncate(fd, 0);
	}
	for (struct stream *stream = pump->streams; stream; stream = stream->next) {
		if (stream->retry_ns) {
			stream->retry_ns = 0;
			pump_ready(pump, stream);
		}
	}
}

static void reopen_files(struct pump *pump, uint64_t now_ns)
{
	uint64_t size;

	for (struct sink_file *file = pump->files; file; file = file->next) {
		sink_file_recheck(file);
		(void)sink_file_ready(pump->files, file, now_ns,
				      &size); /* if not, its next writer tells */
	}
}

void pump_order_carry_out(struct pump *pump, struct job *job)
{
	switch (job->kind) {
	case JOB_OPEN:
		stream_open(job->stream);
		break;
	case JOB_CONFIGURE:
		stream_configure(job->stream, job->config);
		job->config = NULL;
		break;
	case JOB_DRAIN:
		stream_drain(job->stream, job);
		return;
	case JOB_CLOSE:
		stream_close(job->stream, job);
		return;
	case JOB_REOPEN:
		reopen_files(pump, clock_now_ns());
		break;
	case JOB_FLUSH:
		flush_path(pump, job->text);
		pump->shared->post(pump->shared, job);
		return;
	case JOB_QUIT:
		pump->quit = true;
		break;
	case JOB_NOTICE:
		break;
	}
	job_destroy(job);
}
