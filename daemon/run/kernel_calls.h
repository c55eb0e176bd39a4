/* kernel_calls: which of the kernel's newer calls are there, asked by trying them on nothing.
 * Everything works without them, some of it slower or in more steps. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct kernel_call {
	const char *name;
	bool there;
	const char *without; /* what is done instead */
};

/* All of them; tried anew by each call. Never blocks. */
size_t kernel_calls_look(struct kernel_call *ret, size_t max);
