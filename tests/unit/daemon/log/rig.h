/* rig: a pump with pipes, files and memory as an engine has them, for tests.
 *
 * The memory and the pipes belong to the rig, so that an engine made by rig_engine_start() can be
 * killed and another one started on the same. Everything lives in a temporary folder. Waiting is
 * for facts, with a deadline that ends the test. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "daemon/log/log.h"
#include "daemon/loop/handles.h"
#include "shared/base/str.h"

#define RIG_STREAMS 8
#define RIG_NOTICES 64

struct rig {
	char dir[64], shm_dir[80];
	int shm_fd;
	struct log_stream_state *state; /* RIG_STREAMS, shared with children */
	int ours[RIG_STREAMS], apps[RIG_STREAMS];
	/* of the engine in this process */
	uv_loop_t loop;
	struct handles handles;
	uv_timer_t deadline, tick;
	struct log *log;
	struct log_stream *stream[RIG_STREAMS];
	int notice[RIG_NOTICES];
	char notice_text[RIG_NOTICES][128];
	int notices;
	bool done;
};

void rig_setup(struct rig *rig);
void rig_teardown(struct rig *rig); /* removes the folder */

/* A path in the rig's folder; static memory, four at a time. */
const char *rig_path(const struct rig *rig, const char *name);

void rig_engine_start(struct rig *rig);
void rig_engine_stop(struct rig *rig);

/* A plain configuration of one file. */
struct log_config rig_config(const struct rig *rig, const char *name);

void rig_open(struct rig *rig, int n, const struct log_config *config);
void rig_say(struct rig *rig, int n, const char *text);
void rig_say_bytes(struct rig *rig, int n, const void *bytes, size_t len);
void rig_drain(struct rig *rig, int n);
void rig_close(struct rig *rig, int n);
void rig_flush(struct rig *rig, const char *path);

/* Run the loop until a notice of this kind has come, `count` times in all. */
void rig_wait_notice(struct rig *rig, int event, int count);
const char *rig_last_notice(const struct rig *rig, int event);
int rig_count_notices(const struct rig *rig, int event);

/* Run the loop until the file has at least `size` bytes. */
void rig_wait_size(struct rig *rig, const char *path, size_t size);

/* The whole file. */
void rig_read(const char *path, struct str *out);

/* One turn of the loop, which ends soon also if nothing happens. */
void rig_turn(struct rig *rig);
