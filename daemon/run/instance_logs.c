#include "daemon/run/instance_logs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/keeper/keeper_link.h"
#include "daemon/log/log.h"
#include "daemon/run/context.h"
#include "daemon/run/instance.h"
#include "shared/base/fdio.h"

#define TAIL_BYTES 4096
#define TAIL_LINES 10

static const enum shelf_kind shelf_kinds[2] = {SHELF_OUT, SHELF_ERR};

/* Do both streams, or other instances, write to the same file? */
static bool is_shared(const struct instance *inst, const char *out, const char *err)
{
	if (out && err && strcmp(out, err) == 0)
		return true;
	return inst->app->spec.merge_logs && app_spec_instance_count(&inst->app->spec, 2) > 1;
}

struct paths {
	char *out, *err, *both;
};

static void paths_done(struct paths *paths)
{
	free(paths->out);
	free(paths->err);
	free(paths->both);
}

static struct log_config describe(const struct instance *inst, int which, const struct paths *paths)
{
	const struct app_spec *spec = &inst->app->spec;

	return (struct log_config){
		.path = {which ? paths->err : paths->out, paths->both},
		.date_format = app_spec_date_format(spec),
		.json = spec->log_type == SPEC_LOG_JSON,
		.app = spec->name,
		.pm_id = inst->pm_id,
		.is_err = which == 1,
		.shared = is_shared(inst, paths->out, paths->err),
		.full = spec->log_full == SPEC_LOG_FULL_DROP ? LOG_FULL_DROP : LOG_FULL_BLOCK,
		.uid = (uid_t)-1,
		.gid = (gid_t)-1,
	};
}

static void find_paths(const struct instance *inst, struct paths *paths)
{
	paths->out = app_path(inst->app, APP_OUT, inst->pm_id);
	paths->err = app_path(inst->app, APP_ERR, inst->pm_id);
	paths->both = app_path(inst->app, APP_LOG, inst->pm_id);
}

static void open_stream(struct instance *inst, int which)
{
	_cleanup_(paths_done) struct paths paths = {0};
	struct log_config config;

	find_paths(inst, &paths);
	config = describe(inst, which, &paths);
	inst->stream[which] =
		log_stream_open(inst->context->log, inst->slot, which, inst->pipe[which],
				&inst->entry->stream[which], &config, inst);
	inst->context->streams++;
}

/* `*ret_apps`: the app's end if the pipe is a new one, else -1. */
static int open_one(struct instance *inst, int which, int *ret_apps, struct pmc_error *err)
{
	int index = shelf_index(inst->slot, shelf_kinds[which]);
	int r;

	*ret_apps = -1;
	if (inst->pipe[which] >= 0)
		return 0;
	inst->pipe[which] = keeper_link_shelf(inst->context->link, index);
	if (inst->pipe[which] < 0) {
		r = log_pipe(inst->context->streams, &inst->pipe[which], ret_apps, err);
		if (r < 0)
			return r;
		keeper_link_put(inst->context->link, index, inst->pipe[which]);
	}
	open_stream(inst, which);
	return 0;
}

int instance_logs_open(struct instance *inst, int ret_apps[2], struct pmc_error *err)
{
	int r = 0;

	ret_apps[0] = ret_apps[1] = -1;
	for (int which = 0; which < 2 && r == 0; which++)
		r = open_one(inst, which, &ret_apps[which], err);
	for (int which = 0; which < 2 && r == 0; which++) {
		if (ret_apps[which] >= 0)
			continue;
		r = log_pipe_reopen(inst->pipe[which], &ret_apps[which]);
		if (r < 0)
			pmc_error_errno(err, r, "cannot open the log pipes");
	}
	for (int which = 0; which < 2 && r < 0; which++)
		fdio_closep(&ret_apps[which]);
	return r;
}

void instance_logs_resume(struct instance *inst)
{
	int apps_end;

	for (int which = 0; which < 2; which++) {
		open_one(inst, which, &apps_end, NULL);
		fdio_closep(&apps_end);
	}
}

/* Both ends at once, as log_pipe() makes ours, if it is a pipe at all: an app may have put
 * something else there. */
static int reopen_of_process(int pid, int fd)
{
	char path[64];
	struct stat st;
	int pipe;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	if (stat(path, &st) < 0 || !S_ISFIFO(st.st_mode))
		return -1;
	pipe = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return pipe;
}

void instance_logs_adopt(struct instance *inst, int pid)
{
	for (int which = 0; which < 2; which++) {
		int index = shelf_index(inst->slot, shelf_kinds[which]);

		if (inst->pipe[which] >= 0 || keeper_link_shelf(inst->context->link, index) >= 0)
			continue;
		inst->pipe[which] = reopen_of_process(pid, which + 1);
		if (inst->pipe[which] < 0)
			continue;
		keeper_link_put(inst->context->link, index, inst->pipe[which]);
		open_stream(inst, which);
	}
	instance_logs_resume(inst);
}

void instance_logs_drain(struct instance *inst, void (*fn)(void *inst))
{
	bool drains[2];

	for (int which = 0; which < 2; which++) {
		drains[which] = inst->stream[which] && !log_stream_is_quiet(inst->stream[which]);
		inst->drains += drains[which];
	}
	if (inst->drains == 0) {
		fn(inst);
		return;
	}
	for (int which = 0; which < 2; which++)
		if (drains[which])
			log_stream_drain(inst->stream[which], fn, inst);
}

void instance_logs_close(struct instance *inst, void (*fn)(void *inst))
{
	for (int which = 0; which < 2; which++)
		inst->drains += inst->stream[which] != NULL;
	if (inst->drains == 0) {
		fn(inst);
		return;
	}
	for (int which = 0; which < 2; which++) {
		if (!inst->stream[which])
			continue;
		log_stream_close(inst->stream[which], fn, inst);
		inst->stream[which] = NULL;
		inst->context->streams--;
	}
}

void instance_logs_configure(struct instance *inst)
{
	_cleanup_(paths_done) struct paths paths = {0};

	find_paths(inst, &paths);
	for (int which = 0; which < 2; which++) {
		struct log_config config = describe(inst, which, &paths);

		if (inst->stream[which])
			log_stream_configure(inst->stream[which], &config);
	}
}

/* The last TAIL_LINES lines of `text`. */
static char *last_lines(char *text)
{
	size_t len = strlen(text);
	unsigned lines = 0;

	while (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	for (size_t i = len; i > 0; i--)
		if (text[i - 1] == '\n' && ++lines == TAIL_LINES)
			return mem_strdup(text + i);
	return len > 0 ? mem_strdup(text) : NULL;
}

char *instance_logs_tail(const struct instance *inst)
{
	_cleanup_(mem_freep) char *path = app_path(inst->app, APP_ERR, inst->pm_id);
	_cleanup_(fdio_closep) int fd = -1;
	char buf[TAIL_BYTES + 1];
	struct stat st;
	ssize_t n;

	fd = path ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	n = pread(fd, buf, TAIL_BYTES, st.st_size > TAIL_BYTES ? st.st_size - TAIL_BYTES : 0);
	if (n <= 0)
		return NULL;
	buf[n] = '\0';
	return last_lines(buf);
}
