/* procfs: what /proc says about processes. The parsers are pure and fuzzed; the readers open, read
 * once, close.
 *
 * A failed read means "unknown, ask again", never "dead": dead is -ESRCH (no such entry) alone. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct procfs_stat {
	int pid, ppid, pgrp, session;
	char state; /* R S D Z T t X … */
	char comm[64];
	uint64_t utime, stime; /* clock ticks, the process's own threads */
	uint64_t start_ticks;  /* since boot: with the pid an identity */
	uint64_t vsize_bytes;  /* 0: it has let go of its memory, it is ending (the resident size is
				  only near the truth, 0 for a small one) */
	int exit_code;	       /* field 52, a wait status; true only while a zombie */
};

/* Parse a line of /proc/PID/stat. The name may hold blanks and parentheses. -EBADMSG. */
int procfs_parse_stat(const char *text, size_t len, struct procfs_stat *ret_stat);

/* 0, -ESRCH: no such process; other errno: not known. */
int procfs_read_stat(int pid, struct procfs_stat *ret_stat);

/* CPU time of all its threads, and the pages in memory. Half the price of procfs_read_stat().
 * -ESRCH: no such process. */
int procfs_usage(int pid, uint64_t *ret_cpu_ns, uint64_t *ret_rss_pages);

/* Does the environment of `pid` hold an entry that begins with `prefix` ("PMC_INSTANCE=")? Then
 * what follows is copied to `buf`. Only the first 1 MiB is looked at. Returns 1, 0 or negative
 * errno. */
int procfs_environ_find(int pid, const char *prefix, char *buf, size_t cap);

/* Pids of the children of all threads of `pid`, at most `max`. Returns their number or -ESRCH. */
int procfs_children(int pid, int *pids, int max);

/* The same for one single-threaded process, through a descriptor of its children file (pread, no
 * open). */
int procfs_children_fd(int fd, int *pids, int max);

/* The last pid the kernel gave out (/proc/loadavg, fifth field); 0: not known. */
int procfs_last_pid(int loadavg_fd);

/* Call `fn` for every process; it may stop the walk by returning non-zero, which is then returned.
 */
int procfs_each(int (*fn)(int pid, void *arg), void *arg);

/* How many descriptors this process has. */
int procfs_own_descriptors(void);
