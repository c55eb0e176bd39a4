/* leftovers: processes of apps of this home whose daemon, table and all, is lost: found by their
 * marker, ended before their apps start again, so that nothing runs twice. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define LEFTOVERS_MAX 1024

struct leftover {
	int pid;
	uint64_t start_ticks;
	char comm[64];
};

/* Who has PMC_INSTANCE=`home_id`.… in the environment, but for ourselves? Scans /proc: some
 * milliseconds. */
size_t leftovers_find(const char *home_id, struct leftover *ret, size_t max);

/* SIGTERM to all, SIGKILL to who is still there after LEFTOVERS_GRACE_MS; on the pool. `fn` runs on
 * the loop when they are gone. `list` is copied. */
#define LEFTOVERS_GRACE_MS 1600
void leftovers_end(uv_loop_t *loop, const struct leftover *list, size_t count,
		   void (*fn)(void *owner), void *owner);
