/* spec_value: option values that are more than a number, a word or a list of words. Plain data: no
 * functions, no parsing.
 *
 * All zero is a valid, empty value of each. Which option has which: shared/spec/options.def. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/strlist.h"

struct spec_ints {
	int64_t *items;
	size_t count;
};

/* `true`, `false`, or a list (which is true as well). */
struct spec_bool_or_list {
	bool on;
	struct strlist list;
};

struct spec_instances {
	enum {
		INSTANCES_COUNT,   /* n copies */
		INSTANCES_MAX,	   /* as many as CPUs allowed to us, plus n (n <= 0) */
		INSTANCES_PERCENT, /* n % of these CPUs */
	} kind;
	int n;
};

enum spec_limit {
	SPEC_LIMIT_NOFILE,
	SPEC_LIMIT_NPROC,
	SPEC_LIMIT_CORE,
	SPEC_LIMIT_STACK,
	SPEC_LIMIT_MEMLOCK,
	SPEC_LIMIT_FSIZE,
	SPEC_LIMIT_DATA,
	SPEC_LIMIT_AS,
	SPEC_LIMIT_CPU_TIME,
};
#define SPEC_LIMIT_COUNT (SPEC_LIMIT_CPU_TIME + 1)
#define SPEC_LIMIT_UNLIMITED UINT64_MAX

struct spec_limits {
	struct {
		bool given;
		uint64_t value; /* bytes, seconds or a count, as setrlimit() wants it; or
				   SPEC_LIMIT_UNLIMITED */
	} of[SPEC_LIMIT_COUNT];
};

#define SPEC_SIGNALS_MAX 8
#define SPEC_WAIT_KILL_TIMEOUT (-1)

/* How an app is stopped: each signal, then its wait. After the last wait comes SIGKILL, whatever
 * the last signal was. */
struct spec_signals {
	unsigned count;
	struct {
		int signal;
		int64_t wait_ms; /* SPEC_WAIT_KILL_TIMEOUT: the app's kill_timeout */
	} step[SPEC_SIGNALS_MAX];
};
