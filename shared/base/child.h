/* child: run a program to its end for what it answers on a descriptor of its own, with limits of
 * time and size.
 *
 * No shell. The program is the leader of a process group of its own, which is killed when a limit
 * is reached and when the answer is there: nothing of it stays. It dies with its parent. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "shared/base/mem.h"

struct pmc_error;
struct str;

/* The descriptor on which the program answers. */
#define CHILD_ANSWER_FD 3

struct child_request {
	const char *path;	 /* of the program; no search in PATH */
	const char *const *argv; /* ends with NULL */
	int stdin_fd;		 /* -1: /dev/null */
	int64_t time_max_ms;
	size_t answer_max_bytes;
};

struct child_end {
	int status; /* as waitpid() has it; the group was killed if it went on after its answer */
};

/* Run it. Its stdout and stderr are our stderr, its answer is appended to `answer`. The answer ends
 * at a newline, or when the program ends or closes the descriptor. Errors: -ETIMEDOUT and -EFBIG
 * when it reached a limit, else errno of what could not be done (-ENOENT, -EACCES: `path` cannot be
 * executed). Blocks. */
int child_run(const struct child_request *request, struct str *answer, struct child_end *ret_end);

/* New string: `program` in the folders of PATH. NULL: in none. */
char *child_find(const char *program);
